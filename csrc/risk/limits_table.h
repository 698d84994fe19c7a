/* SPDX-License-Identifier: MIT */
/* limits_table: what is known of each field: name, type, range, variable. Reading, setting and showing go by it. */
#ifndef NEAP_RISK_LIMITS_TABLE_H
#define NEAP_RISK_LIMITS_TABLE_H

#include "risk/limits.h"

typedef enum neap_limit_type {
  NEAP_FIELD_INT,
  NEAP_FIELD_BOOL,
  NEAP_FIELD_DECIMAL,
  NEAP_FIELD_FRACTION,      /* a decimal of which 1 is the whole */
  NEAP_FIELD_OPEN_FRACTION, /* the same, or NEAP_LIMITS_UNBOUND: no limit */
  NEAP_FIELD_CLOCK,         /* "HH:MM" or none */
  NEAP_FIELD_CHOICE,        /* one of a few words */
  NEAP_FIELD_DAYS,          /* "mon,tue" or none: every day */
  NEAP_FIELD_TIME_IN_FORCE, /* GTC, IOC, FOK or none */
  NEAP_FIELD_PRODUCTS,      /* "BTC-USD,ETH-USD" or none */
  NEAP_FIELD_ASSETS,        /* "USD,USDC" or none */
  NEAP_FIELD_MAP_INT,
  NEAP_FIELD_MAP_DECIMAL,
  NEAP_FIELD_MAP_FRACTION
} neap_limit_type;

typedef struct neap_limit_field {
  const char *name, *variable;
  neap_limit_type type;
  size_t offset;                           /* within neap_limits */
  const char *lowest, *highest, *standard; /* as text; of maps: of each value, and no standard */
  const char *const *choices;              /* of a CHOICE, NULL after the last */
} neap_limit_field;

enum { NEAP_LIMIT_FIELDS = 71 };
extern const neap_limit_field neap_limit_fields[NEAP_LIMIT_FIELDS];

/* Sets one field of `limits` from a number as it was written, a bool's text, a clock, a method; a map's only item. The
 * fault's message begins with the field's name. */
neap_status neap_limit_set_number(neap_limits *limits, const neap_limit_field *field, const char *text, size_t length,
                                  neap_fault *fault);
neap_status neap_limit_set_text(neap_limits *limits, const neap_limit_field *field, const char *text,
                                neap_fault *fault);
/* Adds to a map; a product that is already there is NEAP_EXISTS. */
neap_status neap_limit_add(neap_limits *limits, const neap_limit_field *field, const char *product, const char *text,
                           size_t length, neap_fault *fault);
neap_status neap_limit_unknown(const char *name, neap_fault *fault);

static inline void *neap_limit_at(neap_limits *limits, const neap_limit_field *field) {
  return (char *)limits + field->offset;
}
static inline bool neap_limit_is_map(const neap_limit_field *field) { return field->type >= NEAP_FIELD_MAP_INT; }

#endif
