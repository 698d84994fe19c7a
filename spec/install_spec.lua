-- SPDX-License-Identifier: MIT
-- cmake --install: Neap as a library of plain Lua and as a program, from another prefix and another directory.
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"

local ONE_LINE = [[
local n = require "neap"; print(n.backtest{strategy="ma_cross.lua", data="BTC-USD.csv"}.final_equity)]]

describe("an installed Neap", function()
  if os.getenv "NEAP_TEST_LUA" then return pending "the core of this run needs an interpreter of its own" end

  local directory, prefix, elsewhere

  -- Output and exit code; nothing of this process's environment but the search path of commands.
  local function sh(command)
    local pipe = assert(io.popen(("cd '%s' && env -i PATH=\"$PATH\" %s 2>&1 </dev/null"):format(elsewhere, command)))
    local text = pipe:read "a"
    local _, _, code = pipe:close()
    return text, code
  end

  local function lua(text)
    local share, lib = prefix .. "/share/lua/5.4", prefix .. "/lib/lua/5.4"
    return sh(("LUA_PATH='%s/?.lua;%s/?/init.lua;;' LUA_CPATH='%s/?.so;;' lua5.4 -e '%s'"):format(share, share, lib,
      text))
  end

  setup(function()
    directory = program.directory()
    prefix, elsewhere = directory .. "/prefix", directory .. "/else where"
    assert(os.execute(("mkdir '%s'"):format(elsewhere)))
    local build = assert(package.searchpath("neap", package.cpath)):match "^(.*)/"
    assert(os.execute(("cmake --install '%s' --prefix '%s' >/dev/null"):format(build, prefix)))
    program.write(elsewhere .. "/BTC-USD.csv", bars.csv(bars.walk(300)))
  end)

  teardown(function() program.remove(directory) end)

  it("runs a strategy that came with it from one line of Lua, as the tree does", function()
    local text, code = lua(ONE_LINE)
    assert.equal(0, code, text)
    local path = elsewhere .. "/BTC-USD.csv"
    local here = assert(require "neap".backtest { strategy = "ma_cross.lua", data = path, env = {} })
    assert.equal(tostring(here.final_equity) .. "\n", text)
  end)

  it("prefers a strategy of that name in the working directory", function()
    program.write(elsewhere .. "/buy_hold.lua", "return require 'neap'.strategy { name = 'mine' }")
    assert.equal("mine\n", (lua((ONE_LINE:gsub("ma_cross", "buy_hold"):gsub("final_equity", "strategy")))))
  end)

  it("finds its configuration", function()
    assert.equal("advanced\n", (lua [[print(require("neap.config").load { profile = "prod" }.engine)]]))
  end)

  it("has every module of the tree", function()
    local names = require "spec.house.modules".requirable "."
    local text = lua(([[for name in ("%s"):gmatch "%%S+" do require(name) end print "all"]]):format(
      table.concat(names, " ")))
    assert.equal("all\n", text)
  end)

  it("has a launcher that needs no tree and builds nothing", function()
    os.execute(("ln -s '%s/bin/neap' '%s/link'"):format(prefix, directory))
    for _, path in ipairs { prefix .. "/bin/neap", directory .. "/link" } do
      local text, code = sh(("'%s' backtest ma_cross.lua --data BTC-USD.csv --json"):format(path))
      assert.equal(0, code, text)
      assert.equal("ma_cross", json.decode(text, { numbers = "float" }).strategy)
    end
    local text, code = sh(("'%s/bin/neap' setup --check --json"):format(prefix))
    assert.equal(0, code, text)
    assert.is_true(json.decode(text).built)
    assert.is_nil(os.rename(prefix .. "/bin/build", prefix .. "/bin/build"))
  end)

  it("tests an author's spec where the author is", function()
    program.write(elsewhere .. "/my_spec.lua", [[it("reads beside it", function() assert(io.open "BTC-USD.csv") end)]])
    local text, code = sh(("'%s/bin/neap' test my_spec.lua"):format(prefix))
    assert.equal(0, code, text)
    assert.matches("\n1 passed, 0 failed\n$", text)
  end)

  it("is not mistaken for one where only the launcher was copied", function()
    os.execute(("mkdir '%s/bin' && cp neap '%s/bin/neap'"):format(elsewhere, elsewhere))
    local text, code = sh "bin/neap version"
    assert.equal(1, code)
    assert.matches("no source tree and no installed Neap", text)
  end)
end)
