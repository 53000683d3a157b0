/* application.h - the rules of applications; each has any number of configurations. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_REGISTRY_APPLICATION_H
#define NOAHD_REGISTRY_APPLICATION_H

#include "common/error.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/plan.h"

extern const struct kind application_kind;

#define ALL_APPLICATIONS "applications"
#define APPLICATIONS_OF_CONFIGURATION "configuration" /* by the name of the configuration */

enum { APPLICATION_CONFIGURATIONS_MAX = 1000 };

/* "/applications/<name>"; free() it. */
char *application_path(const char *name);

/* Whether it has the configuration of that name. */
bool application_shows(const struct record *application, const char *configuration);

/* Registers it, or announces the existing one. */
struct registry_entry *application_put(struct plan *plan, const char *name, enum change_action *out_action);

/* Its configurations stay. ERROR_NOT_FOUND. out_id has room for UUID_TEXT_BYTES. */
bool application_delete(struct plan *plan, const char *name, char *out_id, struct error *err);

struct application_attach_result {
	struct registry_entry *application, *configuration;
	enum change_action application_action, configuration_action;
};

/* Sets the configuration and adds it to the application; registers them if they are missing, and announces both.
   ERROR_TOO_LARGE: the application has APPLICATION_CONFIGURATIONS_MAX others. */
bool application_attach(struct plan *plan, const char *name, const char *configuration, const char *format,
    const char *body, struct application_attach_result *out, struct error *err);

/* The configuration stays. ERROR_NOT_FOUND: there is no such application, or it does not have the configuration. */
bool application_detach(struct plan *plan, const char *name, const char *configuration, char *out_id,
    struct error *err);

/* Removes a deleted configuration from an application that has it, and announces the application. */
void application_forget(struct plan *plan, struct registry_entry *application, const char *configuration);

#endif
