-- SPDX-License-Identifier: MIT
-- What goes wrong at the exchange in the sweep: each kind, as often as a session that lives for a second meets it.
local outages = require "tools.venue_sweep.outages"

local faults = {}

-- Of requests: often enough to be met, seldom enough that something happens between.
local KINDS = {
  { "latency", "latency:time=150ms,spread=pareto,p=0.3" },
  { "rate_limited", "rate_limited:p=0.2" },
  { "server_error", "server_error:p=0.2" },
  { "bad_gateway", "bad_gateway:p=0.2" },
  { "unavailable", "unavailable:p=0.2" },
  { "gateway_timeout", "gateway_timeout:p=0.2" },
  { "unauthorized", "unauthorized:p=0.2" },
  { "forbidden", "forbidden:p=0.2,method=POST,path=/orders" },
  { "not_found", "not_found:p=0.2,method=POST,path=/orders" },
  { "request_lost", "request_lost:p=0.2" },
  { "request_hangs", "request_hangs:p=0.05,path=/orders" },
  { "request_twice", "request_twice:p=0.3" },
  { "answer_late", "answer_late:time=400ms,p=0.3" },
  { "answer_never", "answer_never:p=0.05,path=/orders" },
  { "answer_lost", "answer_lost:p=0.2" },
  { "answer_closed", "answer_closed:p=0.2" },
  { "answer_cut", "answer_cut:p=0.2" },
  { "answer_garbled", "answer_garbled:p=0.2" },
  { "answer_error", "answer_error:p=0.2" },
  { "answer_twice", "answer_twice:p=0.2" },
  { "partial_then_cancel", "partial_then_cancel:p=0.5" },
  { "venue_cancel", "venue_cancel:time=200ms,p=0.5" },
  { "handshake_refused", "handshake_refused:p=0.5" },
  { "subscribe_refused", "subscribe_refused:p=0.3" },
  { "subscribe_ignored", "subscribe_ignored:p=0.2" },
  { "socket_reset", "socket_reset:p=0.02" },
  { "socket_fin", "socket_fin:p=0.02" },
  { "socket_close", "socket_close:p=0.02" },
  { "socket_reset_with_data", "socket_reset_with_data:p=0.02" },
  { "socket_silent", "socket_silent:p=0.01,time=3s" },
  { "frame_lost", "frame_lost:p=0.1" },
  { "frame_twice", "frame_twice:p=0.3" },
  { "frame_late", "frame_late:time=200ms,p=0.2" },
  { "frame_swapped", "frame_swapped:p=0.2" },
  { "frame_cut", "frame_cut:p=0.05" },
  { "frame_unknown", "frame_unknown:p=0.3" },
  { "cancel_only", "cancel_only:at=300ms,for=1s" },
  { "limit_only", "limit_only:at=300ms,for=2s" },
  { "post_only", "post_only:at=300ms,for=2s" },
  { "auction", "auction:at=300ms,for=1s" },
  { "halt", "halt:at=300ms,for=1s" },
  { "delisting", "delisting:at=500ms,for=1s" },
  { "clock_skew", "clock_skew:time=30s" },
}

local plans = {}
faults.plans = plans

function plans.none() return { { name = "no fault", faults = {} } } end

function plans.each()
  local list = {}
  for i, kind in ipairs(KINDS) do list[i] = { name = kind[1], faults = { kind[2] } } end
  return list
end

function plans.pairs()
  local list = {}
  for i, one in ipairs(KINDS) do
    for k = i + 1, #KINDS do
      local other = KINDS[k]
      list[#list + 1] = { name = one[1] .. " + " .. other[1], faults = { one[2], other[2] } }
    end
  end
  return list
end

plans.outages = outages.plan

return faults
