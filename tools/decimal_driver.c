/* SPDX-License-Identifier: MIT */
/* decimal_driver: answers one decimal operation per line of stdin, for decimal_oracle.py.
 * A line is an operation letter, two numbers (digits or 0, rounding), and up to three operands as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

enum { LINE_MAX_BYTES = 4096, OPERANDS = 3 };

static void answer(neap_status status, neap_decimal value) {
  char text[NEAP_DECIMAL_TEXT];
  neap_decimal_format(value, text);
  puts(status == NEAP_OK ? text : neap_status_name(status));
}

static neap_decimal read(const char *text) {
  neap_decimal value;
  if (neap_decimal_parse(text, strlen(text), &value, NULL) != NEAP_OK) {
    fprintf(stderr, "the driver cannot read the operand '%s'\n", text);
    exit(2);
  }
  return value;
}

static void parse(const char *text) {
  neap_decimal value = NEAP_ZERO;
  neap_fault fault;
  neap_status status = neap_decimal_parse(text, strlen(text), &value, &fault);
  if (status == NEAP_INEXACT)
    printf("inexact %s\n", fault.nearest);
  else
    answer(status, value);
}

static void parse_truncated(const char *text) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_decimal_parse_truncated(text, strlen(text), &value, NULL, NULL);
  answer(status, value);
}

static void pad(const char *text, unsigned digits) {
  char out[NEAP_DECIMAL_TEXT];
  neap_decimal_format_padded(read(text), digits, out);
  puts(out);
}

static void from_double(const char *hex, unsigned digits) {
  neap_decimal value = NEAP_ZERO;
  neap_status status = neap_decimal_from_double(strtod(hex, NULL), digits, &value, NULL);
  answer(status, value);
}

static void compute(char operation, unsigned digits, neap_rounding rounding, char *const operands[OPERANDS]) {
  neap_decimal a = read(operands[0]), b = read(operands[1]), out = NEAP_ZERO;
  switch (operation) {
  case '+':
    answer(neap_decimal_add(a, b, &out), out);
    return;
  case '-':
    answer(neap_decimal_sub(a, b, &out), out);
    return;
  case '*':
    answer(neap_decimal_mul(a, b, digits, rounding, &out), out);
    return;
  case '/':
    answer(neap_decimal_div(a, b, digits, rounding, &out), out);
    return;
  case 'x':
    answer(neap_decimal_mul_div(a, b, read(operands[2]), digits, rounding, &out), out);
    return;
  case 'q':
    answer(neap_decimal_quantize(a, b, rounding, &out), out);
    return;
  case 'r':
    answer(neap_decimal_round(a, digits, rounding, &out), out);
    return;
  case '?':
    printf("%d\n", neap_decimal_cmp(a, b));
    return;
  case 'd':
    printf("%a\n", neap_decimal_to_double(a));
    return;
  default:
    puts("unknown operation");
  }
}

static void serve(char *line) {
  char *operands[OPERANDS] = {"0", "0", "0"}, *rest = line;
  char operation = *strsep(&rest, " ");
  unsigned digits = (unsigned)atoi(strsep(&rest, " "));
  neap_rounding rounding = (neap_rounding)atoi(strsep(&rest, " "));
  for (int i = 0; i < OPERANDS && rest; i++) operands[i] = strsep(&rest, " ");
  switch (operation) {
  case 'p':
    parse(operands[0]);
    return;
  case 't':
    parse_truncated(operands[0]);
    return;
  case 'f':
    from_double(operands[0], digits);
    return;
  case 'F':
    pad(operands[0], digits);
    return;
  default:
    compute(operation, digits, rounding, operands);
  }
}

int main(void) {
  char line[LINE_MAX_BYTES];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    serve(line);
  }
  return 0;
}
