-- SPDX-License-Identifier: MIT
-- Sessions to be packed, and packs that somebody forged: the parts of one taken out, changed, and put beside its events
-- again, with a manifest and a label that fit as far as asked.
local bars = require "spec.support.bars"
local core = require "neap.pack_c"
local event_store = require "neap.event_store"
local json = require "neap.json"
local manifest = require "neap.pack.manifest"
local neap = require "neap"
local program = require "spec.support.program"

local packs = {}

packs.TRADER = [[
-- Buys, sells and closes by chance, whole and in parts.
return require "neap".strategy { name = "NAME", on_bar = function(self, bar)
  local choice, size = math.random(1, 10), math.random(1, 997) / 1000
  if choice <= 3 then self:buy { product = bar.product, quantity = size } end
  if choice > 3 and choice <= 6 then self:sell { product = bar.product, quantity = size } end
  if choice == 7 then self:close { product = bar.product } end
  if choice == 8 then self:buy { product = bar.product, quantity = size, limit = bar.close } end
end }
]]

function packs.trader(directory, name)
  return program.write(("%s/%s.lua"):format(directory, name), (packs.TRADER:gsub("NAME", name)))
end

local FACTS = {
  spot = {}, margin = {}, perpetual = { funding_rate = "0.000123" }, future = { contract_size = "0.0371" },
}

local function facts_of(kind)
  local facts = { kind = kind, price_increment = "0.00000001", base_increment = "0.001" }
  for name, value in pairs(FACTS[kind]) do facts[name] = value end
  return facts
end

-- Runs two traders over `count` bars of products of the kinds; its events lie in `to`. → the result of the run.
function packs.session(directory, to, kinds, seed, count)
  local data, products = {}, {}
  for i, kind in ipairs(kinds) do
    local id = ("P%d-USD"):format(i)
    data[id], products[id] = bars.walk(count or 40, seed * 7 + i), facts_of(kind)
  end
  local session <close> = assert(neap.session { data = data, products = products, seed = seed, fee_bps = seed % 30,
    env = {}, store = to, strategies = { { strategy = packs.trader(directory, "one"), cash = 100000 },
      { strategy = packs.trader(directory, "two"), cash = 300000 } } })
  session:run()
  return assert(session:stop())
end

-- All parts but the manifest, by name, and the names in order.
function packs.parts(path)
  local texts, names = {}, {}
  local opened <close> = assert(core.open(path))
  local part = opened:next()
  while part do
    if part.name ~= manifest.NAME then
      texts[part.name], names[#names + 1] = opened:read(part.name, 1 << 30), part.name
    end
    part = opened:next()
  end
  return texts, names
end

-- options: { change = function(texts) … end, manifest = function(document) … end, keep_list =, text = of the manifest,
-- label = }. Unless asked otherwise the manifest states the parts as they are now, and the label the manifest.
function packs.forge(path, to, options)
  local texts, names = packs.parts(path)
  local document = assert(json.decode(assert(require("neap.pack").read(path, manifest.NAME))))
  if options.change then options.change(texts) end
  os.remove(to)
  assert(event_store.backup(path, to))
  local pack <close> = assert(core.make(to))
  local list = json.array {}
  for name in pairs(texts) do
    local known = false
    for _, other in ipairs(names) do known = known or other == name end
    if not known then names[#names + 1] = name end
  end
  for _, name in ipairs(names) do
    if texts[name] then list[#list + 1] = assert(pack:add(name, texts[name])) end
  end
  if not options.keep_list then document.parts = list end
  if options.manifest then options.manifest(document) end
  local text = options.text or json.encode(document)
  if options.text ~= false then assert(pack:add(manifest.NAME, text)) end
  assert(pack:seal(options.label or manifest.label(text or "")))
  pack:close()
  assert(core.finish(to))
  return to
end

return packs
