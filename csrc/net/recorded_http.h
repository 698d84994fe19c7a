/* SPDX-License-Identifier: MIT */
/* recorded_http: net/http whose answers are inputs (base/inputs): noted as they come, with what was asked but its
 * signature; or played, and then nothing is connected to. Without inputs it is net/http itself. */
#ifndef NEAP_NET_RECORDED_HTTP_H
#define NEAP_NET_RECORDED_HTTP_H

#include "base/inputs.h"
#include "net/http.h"

typedef struct neap_recorded_http neap_recorded_http;
typedef struct neap_recorded_call neap_recorded_call; /* a request that is under way */

/* Each as its like in net/http.h; `inputs` may be NULL and outlives it. */
neap_status neap_recorded_http_open(const neap_http_options *options, neap_inputs *inputs, neap_recorded_http **out,
                                    neap_fault *fault);
void neap_recorded_http_close(neap_recorded_http *http);
neap_status neap_recorded_http_ask(neap_recorded_http *http, const neap_http_request *request, neap_http_done *done,
                                   void *context, neap_recorded_call **call, neap_fault *fault);
void neap_recorded_http_forget(neap_recorded_call *call);
int64_t neap_recorded_http_next(const neap_recorded_http *http);
void neap_recorded_http_tick(neap_recorded_http *http);

#endif
