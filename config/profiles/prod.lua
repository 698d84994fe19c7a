-- SPDX-License-Identifier: MIT
-- Production: the default limits, both risk flags on. Data only: this file runs in an empty environment.
return {
  doc = "Production: the default limits, both risk flags on.",
  risk_file = "config/risk/prod.json",
}
