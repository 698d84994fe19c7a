-- SPDX-License-Identifier: MIT
-- Development: the simulator, with the wide limits of development. Data only: this file runs in an empty environment.
return {
  doc = "Development: the simulator, with the wide limits of development.",
  risk_file = "config/risk/dev_dynamic.json",
}
