-- SPDX-License-Identifier: MIT
-- What all verbs print alike: errors, JSON documents, aligned columns; and the exit codes.
local output = {
  OK = 0, FAILED = 1, USAGE = 2, REVIEW = 3, NO_SESSION = 4, REFUSED = 5, UNREACHABLE = 6, IN_DOUBT = 7,
}

-- An error of the one shape; where and nearest may be nil.
function output.error(code, message, where, nearest)
  return { code = code, message = message, where = where, nearest = nearest }
end

output.clean = require "neap.base.clean"

-- Whether the words ask for JSON; a parser may not have come that far.
function output.wants_json(args)
  for _, word in ipairs(args) do
    if word == "--" then return false end
    if word == "--json" then return true end
  end
  return false
end

-- Writes to stdout. The first failure is kept: a later flush knows nothing of it.
function output.write(...)
  local ok, message = io.stdout:write(...)
  if not ok then output.unwritten = output.unwritten or message end
end

function output.json(document) output.write(require("neap.json").encode(document), "\n") end

-- One line; place and nearest word are added where the message does not say them itself.
local function print_error(err)
  local message = output.clean(err.message)
  io.stderr:write("neap: ", message)
  local where, near = err.where and output.clean(err.where), err.nearest and output.clean(err.nearest)
  if where and not message:find(where, 1, true) then io.stderr:write(" (", where, ")") end
  if near and not message:find("did you mean", 1, true) then io.stderr:write("; did you mean ", near, "?") end
  io.stderr:write "\n"
end

-- Tells what went wrong, on stderr and, when `args` ask for JSON (or args is true), on stdout; returns the exit code.
function output.fail(err, args, code)
  if type(err) ~= "table" then err = output.error("failed", tostring(err)) end
  if args == true or args and output.wants_json(args) then
    output.json { schema = "neap.error/1",
      error = { code = err.code, message = err.message, where = err.where, nearest = err.nearest } }
  end
  print_error(err)
  return code or output.FAILED
end

output.columns = require "neap.base.columns"

function output.print_columns(columns, rows, indent)
  for _, line in ipairs(output.columns(columns, rows)) do output.write(indent or "", line, "\n") end
end

return output
