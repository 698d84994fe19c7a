-- SPDX-License-Identifier: MIT
-- Text from a file, safe on a terminal: no control characters.
return function(text) return (tostring(text):gsub("[%c\x7f]", "?")) end
