/* endpoint_urls.h - URLs of endpoints and what becomes of them: one table for the form, for registration and for
   pokerd. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ENDPOINT_URLS_H
#define TESTS_UNIT_ENDPOINT_URLS_H

#include <stddef.h>

/* right: NULL: in normal form; "": not a URL, and no other spelling is meant; else the spelling that is meant, with
   "?..." for a query. */
static const struct endpoint_url_row {
	const char *url, *right;
} ENDPOINT_URLS[] = {
	{ "http://host:8080/path", NULL },
	{ "https://node1.example.com/", NULL },
	{ "https://node1.example.com.:5679/chef", NULL },
	{ "HTTP://Host/a?b=c", NULL },
	{ "http://host", NULL },
	{ "http://host:80", NULL },
	{ "http://host?x=/../y", NULL },
	{ "http://host/?", NULL },
	{ "http://host//a//", NULL },
	{ "http://host/a.b/..c/.../%2e%2ec", NULL },
	{ "http://host/%63hef?x=%20&y=a/./b", NULL },
	{ "http://host/@a:b", NULL },
	{ "http://192.0.2.7:5679/", NULL },
	{ "http://web.1/", NULL },
	{ "http://my_host-1/", NULL },
	{ "http://xn--bcher-kva.example/", NULL },
	{ "http://[2001:db8::1]:5679/x", NULL },
	{ "http://[2001:DB8:0:0::1]/x", NULL },
	{ "http://[::ffff:192.0.2.7]", NULL },

	{ "http://host/./a", "http://host/a" },
	{ "http://host/a/../b", "http://host/b" },
	{ "http://host/a/b/..", "http://host/a/" },
	{ "http://host/.", "http://host/" },
	{ "http://host/../../a", "http://host/a" },
	{ "http://host//../a", "http://host/a" },
	{ "http://host/a/%2e/b", "http://host/a/b" },
	{ "http://host/a/.%2E/b?key=SECRET", "http://host/b?..." },
	{ "http://host:05679/", "http://host:5679/" },
	{ "https://host:/x", "https://host/x" },
	{ "http://host:00080?x", "http://host:80?..." },
	{ "http://192.0.519/", "http://192.0.2.7/" },
	{ "http://0xc0.0.2.7/", "http://192.0.2.7/" },
	{ "http://0300.0.2.7/", "http://192.0.2.7/" },
	{ "http://3221225991:5679/a", "http://192.0.2.7:5679/a" },
	{ "http://192.0.2.7./", "http://192.0.2.7/" },
	{ "http://192.0.2.007/", "http://192.0.2.7/" },
	{ "http://h%6Fst/", "http://host/" },
	{ "http://%31%39%32.0.2.7:05679/./", "http://192.0.2.7:5679/" },
	{ "http://[2001:db8::1]:05679/./x", "http://[2001:db8::1]:5679/x" },

	{ "", "" },
	{ "host", "" },
	{ "host:8080/path", "" },
	{ " http://host/", "" },
	{ "http:/host/", "" },
	{ "http://", "" },
	{ "http:///host/", "" },
	{ "http://:80/", "" },
	{ "http://host:0/", "" },
	{ "http://host:65536/", "" },
	{ "http://host:99999999999999999999/", "" },
	{ "http://host:80a/", "" },
	{ "http://host:-1/", "" },
	{ "http://user@host/", "" },
	{ "http://user:password@host/", "" },
	{ "http://host:5679@evil/", "" },
	{ "http://host/#here", "" },
	{ "http://host#/chef", "" },
	{ "http://host/a b", "" },
	{ "http://host/a\tb", "" },
	{ "http://host/?a\nb", "" },
	{ "http://host/a\x7f", "" },
	{ "http://host/%zz", "" },
	{ "http://host/a%2", "" },
	{ "http://host/?a=%", "" },
	{ "http://ho%2fst/", "" },
	{ "http://ho%00st/", "" },
	{ "http://host%", "" },
	{ "http://ho\\st/", "" },
	{ "http://ho,st/", "" },
	{ "http://a..b/", "" },
	{ "http://.host/", "" },
	{ "http://./", "" },
	{ "http://1.2.3.4.5/", "" },
	{ "http://192.0.2.256/", "" },
	{ "http://08.1.1.1/", "" },
	{ "http://0x/", "" },
	{ "http://b\xc3\xbc"
	  "cher.example/",
	    "" },
	{ "http://b%C3%BCcher.example/", "" },
	{ "http://2001:db8::1/", "" },
	{ "http://[2001:db8::1/", "" },
	{ "http://[2001:db8::1]5679/", "" },
	{ "http://[fe80::1%25eth0]/", "" },
	{ "http://[192.0.2.7]/", "" },
	{ "http://[]:80/", "" },
	{ "http://]/", "" },
	{ "http://aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg/", "" },
};

enum { ENDPOINT_URL_ROWS = sizeof(ENDPOINT_URLS) / sizeof(*ENDPOINT_URLS) };

#endif
