-- SPDX-License-Identifier: MIT
-- The words of a sweep that is done in parts: --count N, --seed N, --part 1/4, --keep; and those of its own.

-- `sweep`: { usage =, options = (what is so without a word), words = { ["--word"] = function(options, value) } }; the
-- function says what is wrong with its value, or nothing. Ends the process where a word is.
return function(args, sweep)
  local options = { count = 20, seed = 1, part = 1, of = 1 }
  for name, value in pairs(sweep.options or {}) do options[name] = value end
  local function refuse(why)
    io.stderr:write(why, "\nusage: ", sweep.usage, "\n")
    os.exit(2)
  end
  local at = 1
  while args[at] do
    local word, value = args[at], args[at + 1]
    if word == "--count" or word == "--seed" then
      options[word:sub(3)] = math.tointeger(tonumber(value)) or refuse(word .. " wants a number")
    elseif word == "--part" then
      local part, of = (value or ""):match "^(%d+)/(%d+)$"
      options.part, options.of = math.tointeger(part) or refuse "--part wants 1/4", math.tointeger(of)
    elseif word == "--keep" then
      options.keep, at = true, at - 1
    elseif sweep.words[word] then
      local why = sweep.words[word](options, value)
      if why then refuse(("%s %s"):format(word, why)) end
    else
      refuse("unknown word " .. word)
    end
    at = at + 2
  end
  return options
end
