-- SPDX-License-Identifier: MIT
-- ${NAME} in a text, from `env` (name → text) → the text; or nil and the first name that is not there.
return function(text, env)
  local missing
  local filled = text:gsub("%${([%w_]+)}", function(name)
    missing = missing or not env[name] and name
    return env[name]
  end)
  if missing then return nil, missing end
  return filled
end
