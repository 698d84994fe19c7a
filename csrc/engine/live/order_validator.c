/* SPDX-License-Identifier: MIT */
/* order_validator: the table. */
#include "engine/live/order_validator.h"

#include "engine/live/state_collector.h"

const neap_check_entry neap_live_checks[] = {
    {"mode", neap_check_mode},
    {"product", neap_check_product},
    {"account", neap_live_check_account},
    {"risk", neap_check_risk},
    {"sizing", neap_check_sizing},
    {"execution", neap_check_no_slices},
    {"order_type", neap_check_order_type},
    {"entry_time_in_force", neap_check_entry_time_in_force},
    {"order_kind", neap_check_order_kind},
    {"time_in_force", neap_check_time_in_force},
    {"product_status", neap_check_product_status},
    {"reduce_only", neap_check_reduce_only},
    {"quantity", neap_check_quantity},
    {"prices", neap_check_prices},
    {"notional", neap_check_notional},
    {"mark", neap_check_mark},
    {"slippage", neap_check_slippage},
    {"position", neap_check_position},
    {"funds", neap_check_funds},
    {"limits", neap_check_limits},
};

const size_t neap_live_check_count = sizeof neap_live_checks / sizeof *neap_live_checks;
