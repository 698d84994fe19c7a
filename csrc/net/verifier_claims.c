/* SPDX-License-Identifier: MIT */
/* verifier_claims: who, when, and for which request. */
#include "net/verifier_claims.h"

#include <string.h>

#include "net/signer.h"

static const int64_t SECOND = 1000000000;

static neap_status refuse(neap_fault *fault, const char *code, const char *what) {
  return neap_fail(fault, NEAP_REFUSED, code, "%s", what);
}

static bool is_text(const neap_json_value *value, const char *text) {
  return value && value->kind == NEAP_JSON_STRING && value->length == strlen(text) &&
         memcmp(value->text, text, value->length) == 0;
}

static neap_status check_names(const neap_json_value *claims, const neap_verifier_wanted *wanted, neap_fault *fault) {
  const neap_json_value *issuer = neap_json_get(claims, "iss"), *subject = neap_json_get(claims, "sub");
  if (!issuer || !subject) return refuse(fault, "jwt_claims", "iss and sub are needed");
  if (!is_text(issuer, "cdp") && !is_text(issuer, "coinbase-cloud"))
    return refuse(fault, "jwt_issuer", "iss is cdp, or coinbase-cloud of older clients");
  return is_text(subject, wanted->kid) ? NEAP_OK : refuse(fault, "jwt_subject", "sub is not the kid");
}

/* Whole seconds as plain digits, so few that they are nanoseconds of 64 bits, too. */
static neap_status read_seconds(const neap_json_value *claims, const char *name, int64_t *out, neap_fault *fault) {
  enum { DIGITS_MOST = 10 };
  static const int64_t most = 9000000000;
  const neap_json_value *value = neap_json_get(claims, name);
  bool good = value && value->kind == NEAP_JSON_NUMBER && value->length <= DIGITS_MOST;
  *out = 0;
  for (size_t i = 0; good && i < value->length; i++) {
    good = value->text[i] >= '0' && value->text[i] <= '9';
    *out = *out * 10 + (value->text[i] - '0');
  }
  if (good && *out <= most) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "jwt_claims", "%s is needed in whole seconds since 1970", name);
}

/* Seconds by which `ns` lies over `limit`, rounded up; 0 or less: it does not. */
static int64_t seconds_over(__int128 ns, __int128 limit) { return (int64_t)((ns - limit + SECOND - 1) / SECOND); }

static neap_status check_times(const neap_json_value *claims, const neap_verifier_wanted *wanted, neap_fault *fault) {
  int64_t from, until;
  __int128 now = wanted->now_ns, skew = wanted->skew_ns;
  neap_status status = read_seconds(claims, "nbf", &from, fault);
  if (status == NEAP_OK) status = read_seconds(claims, "exp", &until, fault);
  if (status != NEAP_OK) return status;
  __int128 begin = (__int128)from * SECOND, end = (__int128)until * SECOND;
  if (begin > now + skew)
    return neap_fail(fault, NEAP_REFUSED, "jwt_not_yet", "the token begins in %lld s: the caller's clock is ahead",
                     (long long)seconds_over(begin, now));
  if (now >= end + skew)
    return neap_fail(fault, NEAP_REFUSED, "jwt_expired", "the token ended %lld s ago",
                     (long long)((now - end) / SECOND));
  if (until > from && until - from <= NEAP_JWT_LIFETIME) return NEAP_OK;
  return neap_fail(fault, NEAP_REFUSED, "jwt_window", "a token lives 1 to %d s, not %lld", NEAP_JWT_LIFETIME,
                   (long long)(until - from));
}

/* Passes over `prefix`; false: the text begins otherwise. */
static bool passes(const char **text, const char *prefix) {
  size_t length = strlen(prefix);
  if (strncmp(*text, prefix, length) != 0) return false;
  *text += length;
  return true;
}

static bool is_for(const neap_json_value *uri, const neap_verifier_wanted *wanted) {
  const char *text = uri->text;
  if (uri->kind != NEAP_JSON_STRING || strlen(text) != uri->length) return false;
  if (!passes(&text, wanted->method) || !passes(&text, " ")) return false;
  passes(&text, "http://"); /* some clients leave it there */
  for (size_t i = 0; i < wanted->hosts->count; i++) {
    const char *rest = text;
    if (passes(&rest, wanted->hosts->names[i]) && strcmp(rest, wanted->path) == 0) return true;
  }
  return false;
}

static bool is_any_for(const neap_json_value *list, const neap_verifier_wanted *wanted) {
  if (!list || list->kind != NEAP_JSON_ARRAY) return false;
  for (const neap_json_value *uri = list->first; uri; uri = uri->next)
    if (is_for(uri, wanted)) return true;
  return false;
}

static neap_status check_uri(const neap_json_value *claims, const neap_verifier_wanted *wanted, neap_fault *fault) {
  const neap_json_value *uri = neap_json_get(claims, "uri"), *list = neap_json_get(claims, "uris");
  if (!wanted->path && (uri || list)) return refuse(fault, "jwt_uri", "the token of a WebSocket message has no uri");
  if (!wanted->path || (uri && is_for(uri, wanted)) || is_any_for(list, wanted)) return NEAP_OK;
  refuse(fault, "jwt_uri", uri || list ? "the token is for another method, host or path" : "the token has no uri");
  neap_fault_set_nearest(fault, wanted->hosts->count > 0 ? wanted->hosts->names[0] : "");
  return NEAP_REFUSED;
}

neap_status neap_verifier_check_claims(const neap_json_value *claims, const neap_verifier_wanted *wanted,
                                       neap_fault *fault) {
  neap_status status = check_names(claims, wanted, fault);
  if (status == NEAP_OK) status = check_times(claims, wanted, fault);
  return status == NEAP_OK ? check_uri(claims, wanted, fault) : status;
}
