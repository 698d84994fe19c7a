-- SPDX-License-Identifier: MIT
-- Text from a file, safe on a terminal: no control characters, no bytes that are no UTF-8.
return function(text)
  local shown = tostring(text):gsub("[%c\x7f]", "?"):gsub("\xc2[\x80-\x9f]", "?")
  return utf8.len(shown) and shown or (shown:gsub("[\x80-\xff]", "?"))
end
