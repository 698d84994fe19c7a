-- SPDX-License-Identifier: MIT
-- The types of event that a session writes.
return {
  "account_baseline", "book_in_doubt", "callback_failed", "circuit_breaker_tripped", "conditions_changed",
  "configuration_changed", "configuration_refused", "data_read", "day_started", "dead_man", "decision", "equity_peak",
  "external_fill", "external_order", "fee_tier", "fees_changed", "fill_adopted", "flatten_requested", "funding",
  "group_broken", "guard_cleared", "guard_noted", "guard_tripped", "liquidation", "log", "mode_changed",
  "operator_command", "order_accepted", "order_cancel_refused", "order_cancel_requested", "order_cancelled",
  "order_edited", "order_expired", "order_filled", "order_found", "order_in_doubt", "order_intent", "order_lost",
  "order_preview", "order_previewed", "order_rejected", "order_released", "order_resize_refused", "order_submitted",
  "policy_failed", "product_trading", "reconcile_difference", "reconcile_settled", "risk_metrics", "session_failed",
  "session_forked", "session_resumed", "session_started", "session_stopped", "slice_cut", "slice_earned",
  "slices_paused", "slices_resumed", "slices_started", "startup_reconcile_failed", "state_saved", "state_snapshot",
  "strategy_quarantined", "timer_cancelled", "timer_fired", "timer_set", "transition_refused", "trigger_fired",
  "trigger_moved", "trigger_set", "unwind_failed", "venue_access", "watcher_lost",
}
