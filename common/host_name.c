/* SPDX-License-Identifier: Apache-2.0 */
#include "common/host_name.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

bool host_name_has_labels(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t size;

	for (const char *label = text; *label; label += size + (label[size] == '.')) {
		size = strcspn(label, ".");
		if (!size || size > HOST_LABEL_BYTES_MAX || strspn(label, allowed) < size)
			return false;
	}
	return *text != '\0';
}

static bool is_number(const char *label, size_t size)
{
	static const char decimal[] = "0123456789", hexadecimal[] = "0123456789abcdefABCDEF";

	if (size >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return strspn(label + 2, hexadecimal) >= size - 2;
	return size && strspn(label, decimal) >= size;
}

bool host_name_is_numeric(const char *text)
{
	size_t size;

	for (; *text; text += size + (text[size] == '.')) {
		size = strcspn(text, ".");
		if (!is_number(text, size))
			return false;
	}
	return true;
}

static bool is_ipv6_in_brackets(const char *text)
{
	const size_t size = strlen(text);
	char address[INET6_ADDRSTRLEN + 1];
	struct in6_addr parsed;

	if (size < 2 || text[0] != '[' || text[size - 1] != ']' || size - 2 >= sizeof(address))
		return false;
	memcpy(address, text + 1, size - 2);
	address[size - 2] = '\0';
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

bool host_is_valid(const char *text)
{
	struct in_addr address;

	if (*text == '[')
		return is_ipv6_in_brackets(text);
	if (!host_name_has_labels(text) || strlen(text) > HOST_NAME_BYTES_MAX)
		return false;
	return !host_name_is_numeric(text) || inet_pton(AF_INET, text, &address) == 1;
}
