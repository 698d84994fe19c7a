-- SPDX-License-Identifier: MIT
local bars = require "spec.support.bars"
local json = require "neap.json"
local program = require "spec.support.program"

-- Says that it runs, then takes its time: some milliseconds a bar.
local SLOW = [[
return require "neap".strategy { name = "slow", on_bar = function(self, bar)
  if not self.said then self.said = true self:info "running" end
  if self.flat then self:buy { quantity = "0.01" } end
  local sum = 0
  for i = 1, 200000 do sum = sum + i end
end }
]]

describe("neap backtest", function()
  local directory

  local function run(words, options)
    options = options or {}
    options.directory = directory
    return program.run("backtest " .. words, options)
  end

  local function write(name, text) return program.write(directory .. "/" .. name, text) end

  setup(function()
    directory = program.directory()
    write("BTC-USD_1h.csv", bars.csv(bars.walk(300)))
    write("ok.lua", [[return require "neap".strategy { name = "ok", params = { n = { 5, min = 1, max = 10 } },
      on_bar = function(self) if self.flat then self:buy { quantity = "0.01" } else self:close {} end end }]])
    write("slow.lua", SLOW)
  end)
  teardown(function() program.remove(directory) end)

  local function refuses(code, pattern, words, options)
    local text, complaint, got = run(words, options)
    assert.equal(code, got, words .. ": " .. complaint)
    assert.matches(pattern, complaint)
    assert.equal("", text)
    assert.equal(1, select(2, complaint:gsub("\n", "\n")), "one line: " .. complaint)
    local answer = assert(json.decode((run(words .. " --json", options))))
    assert.equal("neap.error/1", answer.schema)
    assert.is_string(answer.error.code)
    assert.is_string(answer.error.message)
  end

  it("says what is wrong with its words, exit code 2", function()
    local good = "ok.lua --data BTC-USD_1h.csv "
    refuses(2, "STRATEGY is missing; usage: neap backtest", "")
    refuses(2, "%-%-data is missing", "ok.lua")
    refuses(2, "unknown flag '%-%-cahs'; did you mean %-%-cash%?", good .. "--cahs 5")
    refuses(2, "cash: 'abc' is not a number", good .. "--cash abc")
    refuses(2, "fee_bps cannot be negative: %-1", good .. "--fee-bps -1")
    refuses(2, "give one of them", good .. "--fees coinbase --fee-bps 5")
    refuses(2, "from .* is not before to", good .. "--from 2025-02-01 --to 2025-01-01")
    refuses(2, "'lvie' is not one of live, advanced; did you mean live%?", good .. "--engine lvie")
    refuses(2, "No such file", good .. "--order-policy nowhere.lua")
    refuses(2, "BTC%-USD is given two files", good .. "--data BTC-USD=x.csv")
    refuses(2, "unknown parameter 'm'", good .. "--param m=1")
    refuses(2, "n: 50 is above its maximum 10", good .. "--param n=50")
    refuses(2, "'n' is not NAME=VALUE", good .. "--param n")
    refuses(2, "no fact 'bas_increment'.*did you mean base_increment", good .. "--product BTC-USD:bas_increment=1")
    refuses(2, "unknown key 'slipage'.*did you mean slippage", good .. "--set slipage=bps")
    refuses(2, "'x' is no whole number", good .. "--set seed=x")
    refuses(2, "unknown key 'max_leverag'.*did you mean max_leverage", good .. "--set max_leverag=2")
  end)

  it("platform 52: an unknown profile is exit code 2", function()
    refuses(2, "unknown profile 'nope'", "ok.lua --data BTC-USD_1h.csv --profile nope")
  end)

  it("platform 53: a trade value that is no number is exit code 2", function()
    refuses(2, "max_trade_value: 'abc' is not a number", "ok.lua --data BTC-USD_1h.csv --set max_trade_value=abc")
  end)

  it("says what is wrong with the world, exit code 1", function()
    write("raise.lua", [[return require "neap".strategy { name = "x", on_bar = function(self) self.x.y = 1 end }]])
    write("BTC-USD_2h.csv", bars.csv(bars.walk(5)) .. "1,2,3\n")
    refuses(1, "no file .*did you mean BTC%-USD_1h.csv", "ok.lua --data BTC-USD_1.csv")
    refuses(1, "BTC%-USD_2h.csv:7", "ok.lua --data BTC-USD_2h.csv")
    refuses(1, "there is no file none.lua", "none.lua --data BTC-USD_1h.csv")
    refuses(1, "raise.lua:1", "raise.lua --data BTC-USD_1h.csv")
    refuses(1, "cannot create the store", "ok.lua --data BTC-USD_1h.csv --store no/where.db")
    refuses(1, "did you mean RISK_MAX_LEVERAGE", "ok.lua --data BTC-USD_1h.csv", { env = "RISK_MAX_LEVRAGE=2" })
    refuses(1, "none.json", "ok.lua --data BTC-USD_1h.csv", { env = "RISK_CONFIG_PATH=none.json" })
  end)

  it("prints a screen, with the head first", function()
    local text, complaint, code = run "ok.lua --data BTC-USD_1h.csv"
    assert.equal(0, code)
    assert.equal("", complaint)
    assert.matches("^ok   mode backtest   engine live %(.-%)   profile backtest\nn 5\n", text)
    assert.matches("BTC%-USD   300 bars of 1h, 2025%-01%-01 00:00 to 2025%-01%-13 11:00\n", text)
    for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 120, line) end
  end)

  it("gives the document of the contract", function()
    local text = run "ok.lua --data BTC-USD_1h.csv --cash 500.5 --close-at-end close --json"
    local r = assert(json.decode(text, { numbers = "float" }))
    assert.equal("neap.backtest/1", r.schema)
    for name, kind in pairs { final_equity = "string", return_pct = "number", sharpe = "any", sortino = "any",
      calmar = "any", max_drawdown_pct = "any", win_rate_pct = "any", profit_factor = "any", exposure_pct = "any",
      trades = "table", orders = "number", rejections = "table", engine = "string", profile = "string",
      event_hash = "string", assumptions = "table", params = "table", data = "table" } do
      local value = r[name]
      assert.is_not_nil(value, name)
      local is_number = tonumber(tostring(value)) ~= nil
      assert.is_true(kind == "any" or type(value) == kind or kind == "number" and is_number, name)
    end
    for _, name in ipairs { "product", "side", "quantity", "entry_time", "exit_time", "entry_price", "exit_price",
      "pnl", "fees" } do
      assert.is_string(r.trades[1][name], name)
    end
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT", r.trades[1].entry_time)
  end)

  it("takes the table of fees and the tier", function()
    local text = run "ok.lua --data BTC-USD=BTC-USD_1h.csv --fee-tier 8 --json"
    assert.matches("tier 8 for the first 30 days", text)
  end)

  it("has an order policy, which the advanced engine asks", function()
    local path = require("neap.base.home").root .. "/config/order_policy/standard.lua"
    local text = run(("ok.lua --data BTC-USD=BTC-USD_1h.csv --engine advanced --order-policy %s --json"):format(path))
    assert.matches("order policy standard: 4 products, 11 kinds of orders, asked by the advanced engine", text)
  end)

  it("passes flags on: engine, from, to, fees, settings", function()
    local text = run("ok.lua --data BTC-USD=BTC-USD_1h.csv --engine advanced --from 2025-01-02 --to 2025-01-03 "
      .. "--fee-bps 7 --maker-fee-bps 3 --set slippage=volume_share --set impact=0.2 --set volume_share=0.5 --json")
    local r = assert(json.decode(text, { numbers = "float" }))
    assert.equal("advanced", r.engine)
    assert.equal(24, r.bars)
    local told = table.concat(r.assumptions, "\n")
    assert.matches("maker 3, taker 7", told)
    assert.matches("price × 0%.2 ×", told)
    assert.matches("at most 0%.5", told)
  end)

  it("says on --ack-fd which events are durable", function()
    local text = run "ok.lua --data BTC-USD_1h.csv --store acked.db --ack-fd 3 --json 3>acks"
    local last, lines = 0, 0
    for line in io.lines(directory .. "/acks") do
      local seq = assert(math.tointeger(line:match "^durable (%d+)$"), line)
      assert.is_true(seq >= last)
      last, lines = seq, lines + 1
    end
    assert.equal(json.decode(text, { numbers = "float" }).events, last)
    assert.is_true(lines > 1)
    refuses(2, "needs %-%-store", "ok.lua --data BTC-USD_1h.csv --ack-fd 3")
    refuses(2, "whole number", "ok.lua --data BTC-USD_1h.csv --ack-fd x --store y.db")
  end)

  it("writes its events where --store says, never over another run", function()
    local text = run "ok.lua --data BTC-USD_1h.csv --store kept --json"
    local hash = json.decode(text, { numbers = "float" }).event_hash
    local _, _, code = program.run(("verify kept --head %s"):format(hash), { directory = directory })
    assert.equal(0, code)
    refuses(1, "never writes over another", "ok.lua --data BTC-USD_1h.csv --store kept")
  end)

  it("ends cleanly when it is interrupted: code 130, the whole document, a store that verifies", function()
    write("BTC-USD_5m.csv", bars.csv(bars.walk(8000)))
    for _, signal in ipairs { "INT", "TERM" } do
      local script = write("interrupt.sh", ([[
cd '%s' && rm -f lines && mkfifo lines
env %s >out.json 2>lines &
child=$!
read -r line <lines
kill -%s $child
wait $child
]]):format(directory, program.command(("backtest slow.lua --data BTC-USD_5m.csv --store %s.db --json"):format(signal)),
        signal))
      local _, _, code = os.execute("sh " .. script)
      assert.equal(130, code)
      local r = assert(json.decode(program.read(directory .. "/out.json"), { numbers = "float" }))
      assert.is_true(r.interrupted)
      assert.is_true(r.bars > 0 and r.bars < 8000)
      local _, _, verified = program.run(("verify %s.db --head %s"):format(signal, r.event_hash),
        { directory = directory })
      assert.equal(0, verified)
    end
  end)
end)
