/* chef_product.h - the Chef or Cinc that is installed: its program, its configuration, its lock. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_CHEF_CHEF_PRODUCT_H
#define POKERD_CHEF_CHEF_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

enum { CHEF_COMMAND_WORDS_MAX = 16 };

/* Owned (chef_product_finish). */
struct chef_product {
	const char *name;          /* "Chef" or "Cinc"; static */
	bool is_installed;         /* false: neither is, and the rest is what Chef would have */
	char *program;             /* "/opt/chef/bin/chef-client"; "chef-client" if not installed */
	const char *configuration; /* "/etc/chef/client.rb"; static */
	const char *lock; /* "/var/chef/cache/chef-client-running.pid", unless the configuration moves it; static */
};

/* Chef, or else Cinc, in the folder of its package or in path (a PATH). A chef-client that belongs to Cinc's package is
   not Chef. All are searched below root; "": the real root. Looks at the disk each time: either may be installed while
   we run. */
void chef_product_find(const char *root, const char *path, struct chef_product *out);
void chef_product_finish(struct chef_product *product);

/* The command that runs it once, an argument vector that ends with NULL; borrows from product. */
void chef_product_command(const struct chef_product *product, const char *out[CHEF_COMMAND_WORDS_MAX]);

/* The first word of a line of the configuration that may move the lock ("lockfile", "file_cache_path", "cache_path");
   NULL: none, or it cannot be read. Static. */
const char *chef_product_moves_lock(const char *root, const struct chef_product *product);

#endif
