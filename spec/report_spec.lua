-- SPDX-License-Identifier: MIT
-- neap.report: pages of runs of every kind, read by a strict parser.
local decimal = require "neap.decimal"
local files = require "neap.base.files"
local program = require "spec.support.program"
local shared = require "spec.support.shared"
local xml = require "spec.support.xml"

local START = 1735689600 * 1000000000
local HOUR = 3600 * 1000000000

local function market(bars, seed)
  return require "neap.base.market" { seed = seed or 7, bars = bars, start = START, price = 6500000 }
end

describe("neap.report", function()
  local report = require "neap.report"
  local neap = require "neap"
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  local count = 0
  local function place(ending)
    count = count + 1
    return ("%s/%d%s"):format(directory, count, ending)
  end

  local function write_strategy(text) return program.write(place ".lua", 'local neap = require "neap"\n' .. text) end

  -- Runs and stores; → the events' path, and the result.
  local function run(options)
    local all = { cash = 10000, fee_bps = 10, env = {}, store = place ".db", strategy = "strategies/ma_cross.lua" }
    for name, value in pairs(options) do all[name] = value end
    local result = assert(neap.backtest(all))
    return all.store, result
  end

  local function demo(more)
    local options = { data = { ["BTC-USD"] = market(3000) }, params = { fast = 24, slow = 96, fraction = 0.9 },
      products = { ["BTC-USD"] = "price_increment=0.01" }, slippage_bps = 2, close_at_end = "close" }
    for name, value in pairs(more or {}) do options[name] = value end
    local path, result = run(options)
    return path, result, options.data
  end

  local function read(text) return assert(xml.read(text)) end

  it("refuses what is no path, no table, no option", function()
    assert.error_matches(function() report.html(1) end, "^report.html: the path")
    assert.error_matches(function() report.html("x", { dta = {} }) end, "unknown option 'dta'; did you mean 'data'")
    assert.error_matches(function() report.html("x", { data = "x" }) end, "data is a table")
    assert.error_matches(function() report.write("x") end, "report.write: a path is wanted, not nil")
    assert.error_matches(function() report.check() end, "report.check: a path is wanted")
  end)

  it("says when there is no session", function()
    local text, err = report.html(directory .. "/none.db")
    assert.is_nil(text)
    assert.equal("no_such_store", err.code)
    local writer = assert(require("neap.event_store").create { path = place ".db", run = "x" })
    writer:append { ts_ns = 1, type = "marked", record = { a = 1 } }
    writer:close()
    text, err = report.html(("%s/%d.db"):format(directory, count))
    assert.is_nil(text)
    assert.equal("no_session", err.code)
  end)

  it("tells the run's own figures: equity, fees, trades and statistics agree to the last digit", function()
    local path, result, data = demo()
    local _, told = assert(report.html(path, { data = data }))
    local books = told.books
    assert.equal(tostring(result.final_equity), tostring(books.final_equity))
    assert.equal(tostring(result.fees), tostring(books.fees))
    assert.equal(tostring(result.final_cash), tostring(books.final_cash))
    assert.equal(#result.trades, #books.trades)
    for i, trade in ipairs(result.trades) do
      for _, field in ipairs { "side", "quantity", "entry_time", "exit_time", "entry_price", "exit_price", "pnl" } do
        assert.equal(tostring(trade[field]), tostring(books.trades[i][field]))
      end
    end
    for _, name in ipairs { "return_pct", "sharpe", "sortino", "calmar", "max_drawdown_pct", "win_rate_pct",
      "profit_factor", "exposure_pct", "volatility_pct", "annual_return_pct", "best_trade_pct", "worst_trade_pct" } do
      assert.equal(result[name], books.statistics[name], name)
    end
    assert.equal(result.event_hash, told.head)
    assert.equal(result.events, told.events)
  end)

  it("agrees with the run where several products and bars of several lengths meet", function()
    local slow = {}
    for i, bar in ipairs(market(2000, 3)) do
      if i % 4 == 1 then slow[#slow + 1] = bar end
    end
    local path, result = run { strategy = write_strategy [[
      return neap.strategy { name = "turns", on_bar = function(self, bar)
        local n = (self.n or 0) + 1
        self.n = n
        if n % 7 == 1 then
          self:buy { product = bar.product, quantity = "0.01", stop_loss = bar.close * 0.99 }
        elseif n % 7 == 4 then
          self:close { product = bar.product }
        end
      end }]], data = { ["BTC-USD"] = market(2000), ["ETH-USD"] = slow } }
    assert.is_true(#result.trades > 20)
    local text, told = assert(report.html(path, { data = { ["BTC-USD"] = market(2000), ["ETH-USD"] = slow } }))
    assert.equal(tostring(result.final_equity), tostring(told.books.final_equity))
    assert.equal(result.max_drawdown_pct, told.books.statistics.max_drawdown_pct)
    assert.equal(result.sharpe, told.books.statistics.sharpe)
    assert.equal(result.exposure_pct, told.books.statistics.exposure_pct)
    assert.equal(4, #xml.find(read(text), "svg", "class", "panel"))
  end)

  local RANDOM = [[
    return neap.strategy { name = "random", params = { size = { 0.02, min = 0, max = 100 } },
      on_bar = function(self, bar)
        local what, size = math.random(1, 12), self.params.size
        if what == 1 then self:buy { product = bar.product, quantity = size, stop_loss = bar.close * 0.97 }
        elseif what == 2 then self:sell { product = bar.product, quantity = size }
        elseif what == 3 then self:close { product = bar.product }
        elseif what == 4 then self:buy { product = bar.product, quantity = size, limit = bar.close * 0.995 } end
      end }]]

  local function every_sixth(bars)
    local list = {}
    for i = 1, #bars, 6 do list[#list + 1] = bars[i] end
    return list
  end

  it("agrees with random runs of every kind of product, to the last digit", function()
    local strategy, trades = write_strategy(RANDOM), 0
    for seed = 1, 4 do
      for _, kind in ipairs { "margin", "perpetual,funding_rate=0.0007,funding_interval=8h", "spot" } do
        local data = { ["BTC-USD"] = market(600, seed), ["ETH-USD"] = seed % 2 == 0 and
          every_sixth(market(600, seed + 50)) or nil }
        local path, result = run { strategy = strategy, data = data, seed = seed, slippage_bps = 3,
          products = { ["BTC-USD"] = "price_increment=0.01,kind=" .. kind },
          params = { size = seed == 3 and 1 or 0.02 }, close_at_end = ({ "no", "open", "close" })[seed % 3 + 1],
          volume_share = seed == 4 and "0.001" or 0 }
        local _, told = assert(report.html(path, { data = data }))
        local books, what = told.books, kind .. " " .. seed
        assert.equal(tostring(result.final_equity), tostring(books.final_equity), what)
        assert.equal(tostring(result.fees), tostring(books.fees), what)
        for _, name in ipairs { "return_pct", "sharpe", "max_drawdown_pct", "win_rate_pct", "exposure_pct", "sqn" } do
          assert.equal(result[name], books.statistics[name], what .. " " .. name)
        end
        trades = trades + #result.trades
      end
    end
    assert.is_true(trades > 400, trades)
  end)

  it("reduces bars to the lowest and highest of each column, exactly", function()
    local bars = market(3000)
    local path, _, data = demo()
    local _, told = assert(report.html(path, { data = data }))
    local lowest, highest, columns = {}, {}, 1040
    local start, stop = told.start, told.stop_at
    assert.equal(START, start)
    assert.equal(START + 3000 * HOUR, stop)
    for _, bar in ipairs(bars) do
      local column = (bar.time - start) // HOUR * columns // ((stop - start) // HOUR) + 1
      if not lowest[column] or bar.low < lowest[column] then lowest[column] = bar.low end
      if not highest[column] or bar.high > highest[column] then highest[column] = bar.high end
    end
    for column = 1, columns do
      assert.equal(lowest[column]:float(), told.books.prices[1].low[column])
      assert.equal(highest[column]:float(), told.books.prices[1].high[column])
    end
  end)

  it("is a page that is well-formed, described, and loads nothing", function()
    local path, _, data = demo()
    local text = assert(report.html(path, { data = data }))
    local page = read(text)
    for _, element in ipairs(page) do
      assert.is_nil(element.attributes.src)
      assert.is_nil(element.attributes.href)
      assert.is_nil(element.attributes.style)
      assert.is_nil(element.name:match "^link$" or element.name:match "^img$" or element.name:match "^iframe$")
    end
    assert.is_nil(text:gsub("http://www%.w3%.org/2000/svg", ""):match "https?://")
    local policy = xml.find(page, "meta", "http-equiv", "Content-Security-Policy")[1].attributes.content
    assert.matches("^default%-src &#39;none&#39;; style%-src &#39;sha256%-[%w+/]+=&#39;; script%-src", policy)
    for _, panel in ipairs(xml.find(page, "svg", "class", "panel")) do
      assert.equal("img", panel.attributes.role)
      for id in panel.attributes["aria-labelledby"]:gmatch "%S+" do
        local found = {}
        for _, element in ipairs(page) do
          if element.attributes.id == id then found[#found + 1] = element end
        end
        assert.equal(1, #found)
        assert.is_true(#found[1].text > 4)
      end
    end
  end)

  it("shows everything as text, whatever it is called", function()
    local evil = "<script>alert(1)</script>\"'&]]></style>"
    local path = run { strategy = write_strategy(([[
      return neap.strategy { name = "evil", params = { note = { %q } }, on_bar = function(self)
        if self.flat then self:buy { quantity = 1000000, why = "<img src=x>" } end
      end }]]):format(evil)), data = { ["BTC-USD"] = market(30) } }
    local text = assert(report.html(path, { assumptions = { evil, "\27[31m\xff" } }))
    local page = read(text)
    assert.equal(2, #xml.find(page, "script")) -- the values and our own
    assert.equal(1, #xml.find(page, "style"))
    assert.equal(0, #xml.find(page, "img"))
    assert.is_nil(text:find("alert(1)</script>", 1, true))
    assert.truthy(text:find("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;]]&gt;", 1, true))
    assert.is_nil(text:find "[\0-\8\11-\31]")
  end)

  it("is told by the strict parser when it is not well-formed", function()
    for _, bad in ipairs { "<p><b></p></b>", "<p>", "<p a=b></p>", "<p>&nbsp;</p>", "<p>a > b</p>", "<p></p>x",
      '<p a="1" a="2"></p>' } do
      assert.is_nil(xml.read(bad), bad)
    end
    assert.truthy(xml.read '<p a="1">x &amp; y<path d="M0 0"/></p>')
  end)

  it("is the same for the same run, byte for byte, and in any locale", function()
    local path, _, data = demo()
    local first = assert(report.html(path, { data = data }))
    local again, _, its_data = demo()
    local before = os.setlocale(nil, "numeric")
    local changed = os.setlocale("de_DE.UTF-8", "numeric") or os.setlocale("fr_FR.UTF-8", "numeric")
    local second = report.html(again, { data = its_data })
    os.setlocale(before, "numeric")
    assert.equal(first, second, changed)
  end)

  it("is pinned by its hash", function()
    local path, _, data = demo { data = { ["BTC-USD"] = market(700) } }
    local text = assert(report.html(path, { data = data, assumptions = { "none" } }))
    -- What the run itself is may change its hash with the version; the page around it may not.
    text = text:gsub("%x+%x%x%x%x%x%x%x%x", "HEX"):gsub("sha256%-[%w+/=]+", "SHA"):gsub("<h2>Configuration.*", "")
    text = text:gsub("%d+, hash", "N, hash")
    local hash = require("neap.digest").sha256(text)
    assert.equal("5eec6354e000b1f6158a03110db70565378a7495029721f7bda531da2f72c66b", hash)
  end)

  it("draws no price where nothing is known, and a run without orders is a page, too", function()
    local path = run { strategy = write_strategy [[
      return neap.strategy { name = "never", on_bar = function() end }]], data = { ["BTC-USD"] = market(30) } }
    local text, told = assert(report.html(path))
    assert.matches("no price to draw", text)
    assert.matches("No position was opened", text)
    assert.equal(0, #told.books.trades)
    read(text)
    local drawn = assert(report.html(path, { data = { ["BTC-USD"] = market(30) } }))
    assert.is_nil(drawn:find("no price to draw", 1, true))
  end)

  it("draws the price of its fills where no bars are given", function()
    local path, result = demo()
    local text, told = assert(report.html(path))
    assert.matches("no bars were given", text)
    assert.equal(tostring(result.final_equity), tostring(told.books.final_equity))
    assert.equal(#result.trades, #told.books.trades)
    assert.truthy(next(told.books.prices[1].low))
    read(text)
  end)

  it("refuses other bars than the session saw, and a product that it does not trade", function()
    local path = demo { close_at_end = "no", data = { ["BTC-USD"] = market(2900) } }
    local text, err = report.html(path, { data = { ["BTC-USD"] = market(2900, 8) } })
    assert.is_nil(text)
    assert.equal("data_differs", err.code)
    text, err = report.html(path, { data = { ["ETH-USD"] = market(10) } })
    assert.is_nil(text)
    assert.equal("product_unknown", err.code)
  end)

  it("shows refusals by reason with what was found, and what was done to a session", function()
    local s = assert(neap.session { data = { ["BTC-USD"] = market(100) }, cash = 1000, env = {}, store = place ".db" })
    s:step(3)
    s:buy { quantity = 500, why = "too much" }
    s:buy { quantity = "0.001" }
    s:step(2)
    s:kill "feed looks <wrong>"
    s:buy { quantity = "0.001" }
    local path = s.store
    s:stop()
    local text, told = assert(report.html(path, { data = { ["BTC-USD"] = market(100) } }))
    assert.equal(2, #told.rejections)
    assert.matches("insufficient_funds", text)
    assert.matches("feed looks &lt;wrong&gt;", text)
    assert.matches("Guards, modes and failures", text)
    assert.equal("mode_changed", told.notable[1].type)
    assert.equal(1, #told.books.trades)
    assert.is_true(told.books.trades[1].is_open)
    assert.matches("1 still open", text)
    read(text)
  end)

  it("says that a session was not ended", function()
    local s = assert(neap.session { data = { ["BTC-USD"] = market(100) }, cash = 1000, env = {}, store = place ".db" })
    s:step(3)
    s:buy { quantity = "0.001" }
    s:step(2)
    local path = s.store
    s = nil -- luacheck: ignore (collected, it ends as after a crash)
    collectgarbage()
    collectgarbage()
    local text = assert(report.html(path, { data = { ["BTC-USD"] = market(100) } }))
    assert.matches("was not ended: it was killed, or it still runs", text)
  end)

  it("writes whole or not at all, and over nothing but a report", function()
    local path, _, data = demo()
    local to = place ".html"
    local size = assert(report.write(path, to, { data = data }))
    assert.equal(size, files.lfs.attributes(to, "size"))
    assert.truthy(report.write(path, to, { data = data }))
    local other = program.write(place ".html", "<!DOCTYPE html>\n<p>mine</p>")
    local ok, err = report.write(path, other)
    assert.is_nil(ok)
    assert.equal("file_exists", err.code)
    assert.equal("<!DOCTYPE html>\n<p>mine</p>", program.read(other))
    for _, bad in ipairs { directory, directory .. "/none/x.html", "/dev/null", "" } do
      ok, err = report.check(bad)
      assert.is_nil(ok)
      assert.truthy(err.code == "cannot_write" or err.code == "usage")
    end
    assert.truthy(files.lfs.link("nowhere", directory .. "/hanging.html", true))
    ok, err = report.check(directory .. "/hanging.html")
    assert.is_nil(ok)
    assert.matches("leads to no file", err.message)
  end)

  it("leaves nothing when the disk is full", function()
    local path = demo()
    local to = place ".html"
    local script = program.write(place ".lua", ([[
      local size, err = require("neap.report").write(%q, %q)
      io.open(%q, "w"):write(tostring(size), " ", err and err.code or "", " ", err and err.message or "")
    ]]):format(path, to, directory .. "/said"))
    program.write(to, assert(report.html(path)))
    local before = program.read(to)
    -- A limit on the size of files stands for a full disk; SIGXFSZ is ignored so that the write fails.
    os.execute(("trap '' XFSZ; ulimit -f 40; %s"):format(program.command("x"):gsub("%S+ x$", script)))
    local said = program.read(directory .. "/said")
    assert.matches("^nil cannot_write cannot write the report: ", said)
    assert.equal(before, program.read(to))
    assert.is_nil(files.mode(to .. ".new"))
  end)

  it("stays small, however many trades there are", function()
    local path = program.write(place ".lua", [[local neap = require "neap"
      return neap.strategy { name = "often", on_bar = function(self)
        self.n = (self.n or 0) + 1
        if self.n % 12 == 1 then self:buy { quantity = "0.001" } elseif self.n % 12 == 6 then self:close() end
      end }]])
    local data = place "_1m.csv"
    local file <close> = assert(io.open(data, "w"))
    file:write "time,open,high,low,close,volume\n"
    for i = 1, 60000 do
      local close = 50000 + (i * 7919) % 4001
      file:write(("%d,%d,%d,%d,%d,1\n"):format(1577836800 + i * 60, close, close + 5, close - 5, close))
    end
    file:close()
    local store = run { strategy = path, data = { ["BTC-USD"] = data }, cash = 1000000 }
    local text, told = assert(report.html(store, { data = { ["BTC-USD"] = data } }))
    assert.equal(5000, #told.books.trades)
    assert.is_true(#text < 2000000)
    assert.matches("The latest 2,000 of 5,000", text)
    read(text)
  end)

  it("draws real candles, with shorts", function()
    local goog = shared.path "data/stats_backtesting_py/GOOG_1d.csv.gz"
    if not goog then pending "../shared/data is absent" end
    local path, result = run { data = { ["GOOG-USD"] = goog }, products = { ["GOOG-USD"] = "kind=margin" },
      params = { shorts = true, fraction = 0.95 } }
    local text, told = assert(report.html(path, { data = { ["GOOG-USD"] = goog } }))
    assert.equal(result.max_drawdown_pct, told.books.statistics.max_drawdown_pct)
    assert.matches("short entry", text)
    read(text)
  end)

  it("marks many trades smaller and lighter, and draws the price over them", function()
    local marks, panel = require "neap.report.marks", require "neap.report.panel"
    local markup = require "neap.report.markup"
    local values = { low = {}, high = {} }
    for column = 1, panel.WIDTH do values.low[column], values.high[column] = 90, 110 end
    local self = panel.new { values = values, height = 200, start = 0, stop = 1000 }
    local price = decimal "100"
    local function drawn(many)
      local trades = {}
      for i = 1, many do
        trades[i] = { side = "buy", product = "BTC-USD", quantity = price, pnl = price, entry_time = i,
          exit_time = i + 1, entry_price = price, exit_price = price }
      end
      local text = markup.text((marks.draw(self, trades, 100)))
      local wide = text:match 'class="entry long" d="M[%d. ]+l%-[%d.]+ [%d.]+h([%d.]+)Z'
      return tonumber(wide), text:find("dense", 1, true)
    end
    assert.same({ 9, nil }, { drawn(1) })
    assert.same({ 9, nil }, { drawn(60) })
    local wide, dense = drawn(360)
    assert.is_true(wide < 4.5 and dense ~= nil)
    wide, dense = drawn(1000)
    assert.is_true(wide < 4 and wide > 3 and dense ~= nil)
  end)

  it("has round marks on its axes", function()
    local scale = require "neap.report.scale"
    local function labels(ticks)
      local list = {}
      for i, tick in ipairs(ticks) do list[i] = tick.label end
      return table.concat(list, " ")
    end
    assert.equal("0 2,500 5,000 7,500 10,000", labels(scale.values(-100, 10100, 5)))
    assert.equal("0.98 0.99 1.00", labels(scale.values(0.975, 1.004, 3)))
    assert.equal("-0.5 0.0 0.5", labels(scale.values(-0.6, 0.9, 4)))
    assert.equal(1, #scale.values(5, 5, 4))
    local clock = require "neap.clock"
    local function moments(from, to, most) return labels(scale.moments(clock.parse(from), clock.parse(to), most)) end
    assert.equal("09:00 12:00 15:00 18:00 21:00 2 Jan", moments("2025-01-01T07:10:00Z", "2025-01-02T01:00:00Z", 8))
    assert.equal("2025 Apr Jul Oct", moments("2024-12-20", "2025-12-01", 5))
    assert.equal("2005 2010 2015", moments("2004-01-01", "2016-01-01", 3))
    assert.equal("6 Jan 13 Jan 20 Jan", moments("2025-01-03", "2025-01-24", 3))
    assert.equal(decimal(1), decimal(1))
  end)
end)

describe("neap report", function()
  local directory

  setup(function() directory = program.directory() end)
  teardown(function() program.remove(directory) end)

  it("is written by a run, which is the same run without it, and keeps no events that nobody asked for", function()
    local plain = program.run "demo --year --quiet"
    local text, _, code = program.run("demo --year --quiet --report run.html", { directory = directory })
    assert.equal(0, code)
    assert.equal(plain:match "hash %x+", text:match "hash %x+")
    assert.matches("report in run.html", text)
    assert.truthy(xml.read(program.read(directory .. "/run.html")))
    local names = {}
    for name in files.lfs.dir(directory) do names[#names + 1] = name end
    assert.equal(3, #names)
    program.write(directory .. "/mine.html", "mine")
    local err
    text, err, code = program.run("demo --year --quiet --report mine.html", { directory = directory })
    assert.equal("", text) -- looked at before the run
    assert.equal(1, code)
    assert.matches("a file that is no report lies there", err)
  end)

  it("takes away the events that were kept for it alone, and leaves those that were asked for", function()
    local reporting = require "neap.cli.reporting"
    local options = {}
    local place = assert(reporting.prepare(options, directory .. "/kept.html"))
    program.write(options.store, "events")
    reporting.clean(place)
    assert.is_nil(files.mode(place.name))
    assert.is_nil(files.mode(options.store))
    options = { store = program.write(directory .. "/own.db", "events") }
    reporting.clean(assert(reporting.prepare(options, directory .. "/kept.html")))
    assert.equal("events", program.read(directory .. "/own.db"))
  end)

  it("is made of a stored session, beside it or where --out says", function()
    program.run("demo --year --quiet --store s", { directory = directory })
    local text, _, code = program.run("report s", { directory = directory })
    assert.equal(0, code)
    assert.matches("^s/report.html: %d+ KB\n$", text)
    text, _, code = program.run("report s --out t.html --json", { directory = directory })
    assert.equal(0, code)
    local document = require("neap.json").decode(text)
    assert.equal("neap.report/1", document.schema)
    assert.equal("t.html", document.file)
    assert.equal(program.read(directory .. "/s/report.html"), program.read(directory .. "/t.html"))
    local _, err
    _, err, code = program.run("report nothing", { directory = directory })
    assert.equal(4, code)
    assert.matches("no such session", err)
    _, err, code = program.run("report s --data x=", { directory = directory })
    assert.equal(2, code)
    assert.matches("lacks its file", err)
  end)
end)
