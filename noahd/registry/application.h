/* application.h - the rules of applications; each shows any number of configurations. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_APPLICATION_H
#define NOAHD_REGISTRY_APPLICATION_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind application_kind;

#define ALL_APPLICATIONS "applications"
#define APPLICATIONS_OF_CONFIGURATION "configuration" /* by the configuration's name */

enum { APPLICATION_CONFIGURATIONS_MAX = 1000 };

/* "/applications/<name>"; free() it. */
char *application_path(const char *name);

/* Whether it shows the configuration of that name. */
bool application_shows(const struct record *application, const char *configuration);

/* Registers it, or signals that it is there. */
struct registry_entry *application_put(struct plan *plan, const char *name, enum change_action *out_action);

/* Its configurations stay. ERROR_NOT_FOUND. out_id holds UUID_TEXT_BYTES. */
bool application_delete(struct plan *plan, const char *name, char *out_id, struct error *err);

struct application_attach_result {
	struct registry_entry *application, *configuration;
	enum change_action application_action, configuration_action;
};

/* Registers either where it is missing, sets the configuration, and shows it in the application. ERROR_TOO_LARGE: it
   shows APPLICATION_CONFIGURATIONS_MAX others. */
bool application_attach(struct plan *plan, const char *name, const char *configuration, const char *format,
    const char *body, struct application_attach_result *out, struct error *err);

/* The configuration stays. ERROR_NOT_FOUND where there is no such application, or it does not show it. */
bool application_detach(struct plan *plan, const char *name, const char *configuration, char *out_id,
    struct error *err);

/* Takes a configuration that was deleted out of an application that showed it. */
void application_forget(struct plan *plan, struct registry_entry *application, const char *configuration);

#endif
