-- SPDX-License-Identifier: MIT
-- Demonstration: a generated market and the wide limits of development.
-- Data only: this file runs in an empty environment.
return {
  doc = "Demonstration: a generated market and the wide limits of development.",
  risk_file = "config/risk/dev_dynamic.json",
}
