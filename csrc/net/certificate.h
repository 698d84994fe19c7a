/* SPDX-License-Identifier: MIT */
/* certificate: a self-signed certificate for a server on this machine, and its key. Clients are given its file as the
 * authority that they trust (REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, curl --cacert), and verify as they always do. */
#ifndef NEAP_NET_CERTIFICATE_H
#define NEAP_NET_CERTIFICATE_H

#include <stdint.h>

#include "base/fault.h"

enum { NEAP_CERTIFICATE_DAYS = 397 }; /* the most that strict clients take */

typedef struct neap_certificate {
  char *certificate, *key; /* PEM; the key stays in memory */
} neap_certificate;

/* For 127.0.0.1, ::1 and localhost, with a new key of P-256; good for NEAP_CERTIFICATE_DAYS from `from_ns` on (cut to
 * seconds), which is a moment of the clients' clock. NEAP_INVALID "bad_time" (before 1970 or after 2200), NEAP_MEMORY.
 */
neap_status neap_certificate_make(int64_t from_ns, neap_certificate *out, neap_fault *fault);
void neap_certificate_fini(neap_certificate *certificate); /* the key is wiped */

/* Puts the certificate, without the key, into a file in the place of what was there. NEAP_IO "cannot_write". */
neap_status neap_certificate_write(const neap_certificate *certificate, const char *path, neap_fault *fault);

#endif
