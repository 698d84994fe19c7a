-- SPDX-License-Identifier: MIT
-- neap.child: a program beside this one that outlives it.
local core = require "neap.run_c"
local process = require "tools.venue_sweep.process"
local program = require "spec.support.program"

describe("neap.child", function()
  local child = require "neap.child"
  local loop = core.open_loop()

  local function shell(text, settings, ...) return assert(child.start({ "sh", "-c", text, ... }, settings)) end

  local function code_of(one)
    local deadline = core.now() + 10 * 1000000000
    while not one:ended() and core.now() < deadline do loop:turn(core.now() + 10000000) end
    return one:ended()
  end

  it("names what is no list of words", function()
    assert.error_matches(function() child.start {} end, "the program's name is missing")
    assert.error_matches(function() child.start { "sh", 1 } end, "words is a list of texts")
    assert.error_matches(function() child.start({ "sh" }, { {} }) end, "settings is a list of texts")
    assert.error_matches(function() child.start "sh" end, "table expected")
    assert.error_matches(function() shell "exit 0":signal "HUP" end, "invalid option")
    local many = {}
    for i = 1, 65 do many[i] = "x" end
    assert.error_matches(function() child.start(many) end, "at most 64 members, not 65")
  end)

  it("says that there is no such program", function()
    local none, err = child.start { "no-such-program-of-ours" }
    assert.is_nil(none)
    assert.equal("cannot_start", err.code)
    assert.equal("no-such-program-of-ours", err.where)
  end)

  it("tells its exit code, and the signal that ended it", function()
    local one = shell "exit 7"
    assert.equal(7, code_of(one))
    assert.equal(7, one:ended())
    assert.is_false(one:signal "KILL")
    assert.equal(("child %d, ended with 7"):format(one:pid()), tostring(one))
    one = shell "exec sleep 60"
    assert.is_nil(one:ended())
    assert.equal(("child %d"):format(one:pid()), tostring(one))
    assert.is_true(one:signal "TERM")
    assert.equal(128 + 15, code_of(one))
  end)

  it("has this program's environment, and what is set for it", function()
    local file = os.tmpname()
    local one = shell([[tr '\0' '\n' </proc/$$/environ >"$0"]], { "OF_OURS=set", "HOME=/elsewhere" }, file)
    assert.equal(0, code_of(one))
    local text = "\n" .. program.read(file)
    assert.equal(1, select(2, text:gsub("\nHOME=", "")))
    assert.truthy(text:find("\nHOME=/elsewhere\n", 1, true) and text:find("\nOF_OURS=set\n", 1, true))
    assert.truthy(text:find("\nPATH=" .. os.getenv "PATH" .. "\n", 1, true))
    os.remove(file)
  end)

  it("is nobody's but its own: no file of ours, no terminal's signals, no streams", function()
    local file, held = os.tmpname(), os.tmpname()
    local open <close> = assert(io.open(held, "w"))
    local one = shell('{ readlink /proc/$$/fd/*; ps -o sid= -p $$; } >"$0"; exec sleep 60', nil, file)
    local text
    repeat
      loop:turn(core.now() + 10000000)
      text = program.read(file)
    until text:find "%d\n$"
    assert.is_nil(text:find(held, 1, true))
    assert.matches("^/dev/null\n", text)
    assert.equal(one:pid(), math.tointeger(tonumber(text:match "(%d+)%s*$")))
    assert.is_truthy(open)
    one:signal "KILL"
    code_of(one)
    os.remove(file)
    os.remove(held)
  end)

  it("outlives who started it, whatever ends that", function()
    local file = os.tmpname()
    local _, _, code = program.script_text(([[
      local one = assert(require "neap.child".start { "sleep", "60" })
      local file = io.open(%q, "w")
      file:write(one:pid())
      file:close()
      os.execute "kill -KILL $PPID"
    ]]):format(file))
    assert.is_true(code ~= 0)
    local pid = program.read(file)
    assert.is_true(process.is_alive(pid))
    os.execute("kill -KILL " .. pid)
    os.remove(file)
  end)
end)
