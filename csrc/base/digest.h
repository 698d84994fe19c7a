/* SPDX-License-Identifier: MIT */
/* digest: SHA-256 for what is chained and signed, BLAKE2b for large inputs, which it reads twice as fast where the
 * processor has no SHA instructions (OpenSSL). */
#ifndef NEAP_BASE_DIGEST_H
#define NEAP_BASE_DIGEST_H

#include <stddef.h>

#include "base/fault.h"

enum { NEAP_DIGEST_SIZE = 32, NEAP_DIGEST_TEXT = 65 };

typedef struct neap_digest neap_digest;

neap_digest *neap_digest_new(void);         /* SHA-256. NULL without memory; already started */
neap_digest *neap_digest_new_blake2b(void); /* the first 256 bits of BLAKE2b-512 */
void neap_digest_free(neap_digest *digest);
void neap_digest_start(neap_digest *digest); /* SHA-256 only: forgets what came before; never fails */
void neap_digest_update(neap_digest *digest, const void *bytes, size_t count);
/* The digest of all since start. Ends the run: start again before the next update. */
void neap_digest_finish(neap_digest *digest, unsigned char out[NEAP_DIGEST_SIZE]);
/* SHA-256 only: the digest of all since start, which goes on. */
void neap_digest_peek(const neap_digest *digest, unsigned char out[NEAP_DIGEST_SIZE]);
void neap_digest_hex(const unsigned char digest[NEAP_DIGEST_SIZE], char out[NEAP_DIGEST_TEXT]);

#endif
