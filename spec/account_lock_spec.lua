-- SPDX-License-Identifier: MIT
-- neap.account_lock: one writer for an account, whatever became of the last one.
local program = require "spec.support.program"

-- Holds on for 200 ms.
local BRIEFLY = [[
  local core = require "neap.run_c"
  local till, loop = core.now() + 200000000, core.open_loop()
  while core.now() < till do loop:turn(till) end
]]

describe("neap.account_lock", function()
  local account_lock = require "neap.account_lock"
  local root

  before_each(function() root = program.directory() end)
  after_each(function() program.remove(root) end)

  local function take(more)
    local given = { root = root, host = "api.coinbase.com", account = "portfolio-1" .. root, session = "mine",
      directory = root .. "/mine" }
    for name, value in pairs(more or {}) do given[name] = value end
    return account_lock.take(given)
  end

  -- Another process that holds it until its input ends, or for a while → its pipe and what ends it. `more`: of its
  -- options.
  local function hold_elsewhere(how, more, while_of, place)
    local fifo, script = os.tmpname(), os.tmpname()
    os.remove(fifo)
    os.execute("mkfifo " .. fifo)
    program.write(script, ([[
      local lock = assert(require("neap.account_lock").take { root = %q, host = "api.coinbase.com",
        account = %q, session = "other", directory = %q, %s })
      io.stdout:write(require("neap.run_c").pid(), "\n")
      io.stdout:flush()
      %s
      %s
    ]]):format(place or root, "portfolio-1" .. root, root .. "/other", more or "",
      while_of and BRIEFLY or 'io.read "a"', how))
    local pipe = io.popen(("exec env %s <%s"):format((program.command("x"):gsub("%S+ x$", script)), fifo))
    local input = io.open(fifo, "w")
    os.remove(fifo)
    local pid = pipe:read "n"
    os.remove(script)
    return pid, function()
      input:close()
      pipe:close()
    end
  end

  it("names slips and what is missing", function()
    assert.error_matches(function() account_lock.take { rot = "x" } end, "did you mean 'root'")
    assert.error_matches(function() account_lock.take { root = root, host = "h" } end, "account is needed")
    assert.error_matches(function() account_lock.is_free { root = root, host = "", account = "a" } end,
      "host is needed")
    assert.error_matches(function() account_lock.take(1) end, "options are a table")
  end)

  it("is held once, and free again when it was closed, twice too", function()
    local lock = assert(take())
    local again, err = take { session = "second" }
    assert.is_nil(again)
    assert.equal("account_locked", err.code)
    assert.matches("^session mine trades on this account at api.coinbase.com already, process %d+", tostring(err))
    assert.equal(root .. "/mine", err.where)
    assert.equal("mine", err.owner.session)
    lock:close()
    lock:close()
    local third <close> = assert(take())
    assert.truthy(third)
  end)

  it("is of the portfolio that the venue tells, and of unknown where it tells none", function()
    assert.equal("p", account_lock.account_of { portfolio_uuid = "p" })
    for _, uuid in ipairs { "", require("neap.json").null, 7 } do
      assert.equal("unknown", account_lock.account_of { portfolio_uuid = uuid })
    end
    assert.equal("unknown", account_lock.account_of {})
  end)

  it("is another one for another account and another host, and tells neither in its name", function()
    local one <close> = assert(take())
    local two <close> = assert(take { account = "portfolio-2" .. root })
    local three <close> = assert(take { host = "127.0.0.1:8443" })
    assert.truthy(one and two and three)
    assert.is_nil(io.popen(("find '%s'"):format(root)):read "a":find "portfolio")
    assert.is_nil((take { host = "API.Coinbase.com" }))
  end)

  it("is held against another process, which is named, until that ends or is killed", function()
    for _, how in ipairs { "", [[os.execute("kill -9 " .. require("neap.run_c").pid())]] } do
      local pid, finish = hold_elsewhere(how)
      local lock, err = take()
      assert.is_nil(lock)
      assert.equal(pid, err.owner.pid)
      assert.equal("other", err.owner.session)
      local free, why = account_lock.is_free { root = root, host = "api.coinbase.com", account = "portfolio-1" .. root }
      assert.is_nil(free)
      assert.equal(pid, why.owner.pid)
      finish()
      assert.is_true(account_lock.is_free { root = root, host = "api.coinbase.com", account = "portfolio-1" .. root })
      assert(take()):close()
    end
  end)

  it("is held against a session that is kept in another directory, too", function()
    local place = program.directory()
    local given = { root = root, host = "api.coinbase.com", account = "portfolio-1" .. root }
    for _, how in ipairs { "", [[os.execute("kill -9 " .. require("neap.run_c").pid())]] } do
      local pid, finish = hold_elsewhere(how, nil, nil, place)
      for _, try in ipairs { take, function() return account_lock.is_free(given) end } do
        local lock, err = try()
        assert.is_nil(lock)
        assert.equal("account_locked", err.code)
        assert.equal(("a session that is kept elsewhere on this machine trades on this account at api.coinbase.com " ..
          "already, process %d"):format(pid), err.message)
        assert.equal(pid, err.owner.pid)
      end
      finish()
      assert.is_true(account_lock.is_free(given))
      assert(take()):close()
    end
    program.remove(place)
  end)

  it("waits for who only takes a dead session's entries back, and for nobody else", function()
    local _, finish = hold_elsewhere("", "watcher = true")
    local lock, err = take { patience = 50000000 }
    assert.is_nil(lock)
    assert.is_true(err.owner.watcher)
    assert.matches("^session other is dead and its entries are taken back at api.coinbase.com, process %d+$",
      err.message)
    finish()
    _, finish = hold_elsewhere("lock:close()", "watcher = true", true)
    lock = assert(take { patience = 20000000000 })
    finish()
    lock:close()
    _, finish = hold_elsewhere ""
    lock, err = take { patience = 3600000000000 }
    assert.is_nil(lock)
    assert.matches("trades on this account", err.message)
    finish()
  end)

  it("says nothing of who held it before", function()
    assert(take { session = "before" }):close()
    program.write(io.popen(("ls %s/.accounts/*.json"):format(root)):read "l", '{"pid":1,"session":"before"}')
    local _, finish = hold_elsewhere ""
    program.write(io.popen(("ls %s/.accounts/*.json"):format(root)):read "l", '{"pid":1,"session":"before"}')
    local _, err = take()
    assert.matches("^another session trades", err.message)
    finish()
  end)

  it("is no lock where it cannot be written", function()
    program.write(root .. "/file", "")
    local lock, err = take { root = root .. "/file" }
    assert.is_nil(lock)
    assert.equal("cannot_create", err.code)
  end)

  it("is closed to others", function()
    local lock <close> = assert(take())
    assert.truthy(lock)
    assert.equal("rwx------", require("lfs").attributes(root .. "/.accounts", "permissions"))
  end)
end)
