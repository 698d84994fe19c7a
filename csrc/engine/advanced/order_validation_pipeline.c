/* SPDX-License-Identifier: MIT */
/* order_validation_pipeline: the table. Stages that only this engine has are named neap_advanced_…; the others are the
 * live engine's, too. */
#include "engine/advanced/order_validation_pipeline.h"

#include "engine/advanced/dynamic_sizing_helper.h"
#include "engine/advanced/order_policy_check.h"
#include "engine/advanced/order_request_normalizer.h"
#include "engine/advanced/post_only_guard.h"
#include "engine/advanced/slicing_advice.h"

const neap_check_entry neap_advanced_stages[] = {
    /* may it be asked for at all? */
    {"mode", neap_check_mode},
    {"normalize", neap_advanced_normalize},
    {"product", neap_check_product},
    {"risk", neap_check_risk},
    {"sizing", neap_check_sizing},
    {"execution", neap_check_execution},
    {"order_type", neap_check_order_type},
    {"entry_time_in_force", neap_check_entry_time_in_force},
    {"order_kind", neap_check_order_kind},
    {"time_in_force", neap_check_time_in_force},
    {"product_status", neap_check_product_status},
    /* as it will be sent */
    {"reduce_only", neap_check_reduce_only},
    {"quantity", neap_check_quantity},
    {"prices", neap_check_prices},
    {"post_only_cross", neap_advanced_check_cross},
    {"sizing_advice", neap_advanced_advise_size},
    {"notional", neap_check_notional},
    {"order_policy", neap_advanced_check_policy},
    /* what market, account and risk say */
    {"mark", neap_check_mark},
    {"slicing_advice", neap_advanced_advise_slices},
    {"slippage", neap_check_slippage},
    {"position", neap_check_position},
    {"funds", neap_check_funds},
    {"limits", neap_check_limits},
    /* how it leaves */
    {"final_reduce_only", neap_check_final_reduce_only},
    {"preview", neap_check_preview},
};

const size_t neap_advanced_stage_count = sizeof neap_advanced_stages / sizeof *neap_advanced_stages;
