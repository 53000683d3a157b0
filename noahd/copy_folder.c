/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/copy_folder.h"

#include "common/file.h"
#include "common/memory.h"

#include <dirent.h>
#include <unistd.h>

char *copy_folder_path(const char *state_directory)
{
	return memory_format("%s/copy", state_directory);
}

void copy_folder_remove(const char *folder)
{
	DIR *files = opendir(folder);

	if (!files)
		return;
	for (const struct dirent *file; (file = readdir(files));)
		(void)unlinkat(dirfd(files), file->d_name, 0); /* the folder itself and its parent are none */
	closedir(files);
	(void)rmdir(folder);
}

bool copy_folder_make(const char *folder, struct error *err)
{
	copy_folder_remove(folder);
	return file_make_folder(folder, 0700, err);
}
