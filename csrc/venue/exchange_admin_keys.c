/* SPDX-License-Identifier: MIT */
/* exchange_admin_keys: new participants, and their money. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "venue/exchange_admin.h"
#include "venue/rest.h"

enum { PATH = 1024 };

/* --- keys --------------------------------------------------------------------------------------------------------- */

static neap_status read_kind(const neap_admin_call *call, neap_key_kind *out, neap_fault *fault) {
  static const char *const kinds[] = {"es256", "ed25519"};
  const neap_json_value *value = neap_json_get(call->body, "kind");
  const char *text = neap_rest_text(call->body, "kind");
  *out = NEAP_KEY_P256;
  if (!value || (text && strcmp(text, kinds[0]) == 0)) return NEAP_OK;
  *out = NEAP_KEY_ED25519;
  if (text && strcmp(text, kinds[1]) == 0) return NEAP_OK;
  const char *near = text ? neap_nearest_word(text, kinds, 2) : NULL;
  neap_fail(fault, NEAP_INVALID, "bad_member", "kind is es256 or ed25519");
  if (near) neap_fault_set_nearest(fault, near);
  return NEAP_INVALID;
}

static neap_status read_permission(const char *text, unsigned *out, neap_fault *fault) {
  static const char *const words[] = {"view", "trade", "transfer"};
  for (unsigned i = 0; text && i < 3; i++)
    if (strcmp(text, words[i]) == 0) return *out |= 1u << i, NEAP_OK;
  const char *near = text ? neap_nearest_word(text, words, 3) : NULL;
  neap_fail(fault, NEAP_INVALID, "bad_member", "permissions are a list of view, trade, transfer");
  if (near) neap_fault_set_nearest(fault, near);
  return NEAP_INVALID;
}

static neap_status read_permissions(const neap_admin_call *call, unsigned *out, neap_fault *fault) {
  const neap_json_value *list = neap_json_get(call->body, "permissions");
  *out = NEAP_MAY_VIEW | NEAP_MAY_TRADE | NEAP_MAY_TRANSFER;
  if (!list) return NEAP_OK;
  *out = 0;
  if (list->kind != NEAP_JSON_ARRAY) return read_permission(NULL, out, fault);
  neap_status status = NEAP_OK;
  for (const neap_json_value *each = list->first; status == NEAP_OK && each; each = each->next)
    status = read_permission(each->kind == NEAP_JSON_STRING ? each->text : NULL, out, fault);
  return status;
}

static neap_status read_amount(const neap_json_value *value, neap_decimal *out, neap_fault *fault) {
  bool is_number = value && (value->kind == NEAP_JSON_STRING || value->kind == NEAP_JSON_NUMBER);
  if (is_number && neap_decimal_parse(value->text, value->length, out, NULL) == NEAP_OK) return NEAP_OK;
  return neap_fail(fault, NEAP_INVALID, "bad_member", "an amount is a number, as \"1000.50\"");
}

/* {"USD": "1000"}: looked at before the key is made, so that all or nothing happens. */
static neap_status check_funds(const neap_admin_call *call, neap_fault *fault) {
  const neap_json_value *funds = neap_json_get(call->body, "funds");
  neap_decimal amount;
  if (!funds) return NEAP_OK;
  if (funds->kind != NEAP_JSON_OBJECT)
    return neap_fail(fault, NEAP_INVALID, "bad_member", "funds are an object of currencies and amounts");
  for (const neap_json_value *each = funds->first; each; each = each->next) {
    neap_status status = read_amount(each, &amount, fault);
    if (status == NEAP_OK && (neap_decimal_sign(amount) < 0 || strlen(each->key) >= NEAP_VENUE_CURRENCY))
      status = neap_fail(fault, NEAP_INVALID, "bad_member", "funds of '%.40s' cannot be", each->key);
    if (status != NEAP_OK) return status;
  }
  return NEAP_OK;
}

static neap_status give_funds(const neap_admin_call *call, uint32_t key, neap_fault *fault) {
  const neap_json_value *funds = neap_json_get(call->body, "funds");
  neap_status status = NEAP_OK;
  for (const neap_json_value *each = funds ? funds->first : NULL; status == NEAP_OK && each; each = each->next) {
    neap_decimal amount;
    status = read_amount(each, &amount, fault);
    if (status == NEAP_OK) status = neap_exchange_deposit(call->exchange, key, each->key, amount, fault);
  }
  return status;
}

/* The first that nobody has; in `path` its file, where keys are kept. */
static void choose_name(const neap_exchange *exchange, char name[NEAP_KEY_NAME_SIZE], char path[PATH]) {
  bool is_taken = true;
  path[0] = 0;
  for (unsigned number = 1; is_taken; number++) {
    snprintf(name, NEAP_KEY_NAME_SIZE, "organizations/neap/apiKeys/%u", number);
    if (exchange->key_directory) snprintf(path, PATH, "%s/key-%u.json", exchange->key_directory, number);
    is_taken = neap_venue_key_named(exchange->venue, name) || (*path && access(path, F_OK) == 0);
  }
}

/* A name of the user's own; its file has a number all the same. */
static neap_status read_name(const neap_admin_call *call, char name[NEAP_KEY_NAME_SIZE], char path[PATH],
                             neap_fault *fault) {
  choose_name(call->exchange, name, path);
  if (!neap_json_get(call->body, "name")) return NEAP_OK;
  const char *own = neap_admin_text(call, "name", fault);
  if (!own) return NEAP_INVALID;
  if (neap_venue_key_named(call->exchange->venue, own))
    return neap_fail(fault, NEAP_EXISTS, "duplicate_key", "there is a key '%.120s'", own);
  if (!*own || strlen(own) >= NEAP_KEY_NAME_SIZE)
    return neap_fail(fault, NEAP_INVALID, "bad_member", "a key's name is text of 1 to 255 bytes");
  strcpy(name, own);
  return NEAP_OK;
}

static neap_status make(neap_admin_call *call, const neap_signer_key *key, const char *name, const char *path,
                        unsigned permissions, neap_fault *fault) {
  const neap_venue_key_options options = {.name = name, .permissions = permissions};
  uint32_t number = 0;
  bool is_new;
  neap_status status = neap_signer_key_text(key, name, &call->out, fault);
  if (status == NEAP_OK && *path) status = neap_signer_key_write(key, name, path, fault);
  if (status == NEAP_OK) status = neap_exchange_add_key(call->exchange, &options, key, &number, &is_new, fault);
  return status == NEAP_OK ? give_funds(call, number, fault) : status;
}

neap_status neap_admin_post_key(neap_admin_call *call, neap_fault *fault) {
  static const char *const known[] = {"name", "funds", "permissions", "kind", NULL};
  char name[NEAP_KEY_NAME_SIZE], path[PATH];
  unsigned permissions;
  neap_key_kind kind;
  neap_signer_key *key = NULL;
  neap_status status = neap_admin_knows(call, known, fault);
  if (status == NEAP_OK) status = read_kind(call, &kind, fault);
  if (status == NEAP_OK) status = read_permissions(call, &permissions, fault);
  if (status == NEAP_OK) status = check_funds(call, fault);
  if (status == NEAP_OK) status = read_name(call, name, path, fault);
  if (status == NEAP_OK) status = neap_signer_key_new(kind, &key, fault);
  if (status == NEAP_OK) status = make(call, key, name, path, permissions, fault);
  call->is_secret = true;
  neap_signer_key_free(key);
  return status;
}

/* --- money -------------------------------------------------------------------------------------------------------- */

/* By its name, or by its number as the command line counts them. */
static neap_status read_key(const neap_admin_call *call, uint32_t *out, neap_fault *fault) {
  const neap_json_value *value = neap_json_get(call->body, "key");
  *out = value && value->kind == NEAP_JSON_STRING ? neap_venue_key_named(call->exchange->venue, value->text) : 0;
  if (value && value->kind == NEAP_JSON_NUMBER && sscanf(value->text, "%" SCNu32, out) != 1) *out = 0;
  if (neap_venue_key_of(call->exchange->venue, *out)) return NEAP_OK;
  return neap_fail(fault, NEAP_NOT_FOUND, "unknown_key", "key is the name or the number of one");
}

neap_status neap_admin_post_deposit(neap_admin_call *call, neap_fault *fault) {
  static const char *const known[] = {"key", "currency", "amount", NULL};
  neap_decimal amount;
  uint32_t key;
  neap_status status = neap_admin_knows(call, known, fault);
  if (status == NEAP_OK) status = read_key(call, &key, fault);
  if (status == NEAP_OK) status = read_amount(neap_json_get(call->body, "amount"), &amount, fault);
  const char *currency = status == NEAP_OK ? neap_admin_text(call, "currency", fault) : NULL;
  if (status == NEAP_OK && !currency) status = NEAP_INVALID;
  if (status == NEAP_OK && (!*currency || strlen(currency) >= NEAP_VENUE_CURRENCY))
    status = neap_fail(fault, NEAP_INVALID, "bad_member", "'%.40s' is no currency", currency);
  if (status == NEAP_OK) status = neap_exchange_deposit(call->exchange, key, currency, amount, fault);
  if (status != NEAP_OK) return status;
  neap_json_object(&call->json, NULL);
  neap_json_bool(&call->json, "ok", true);
  neap_json_end_object(&call->json);
  return NEAP_OK;
}
