-- SPDX-License-Identifier: MIT
-- Judges a pack by itself, without the session: what it states, against what its events make. The first thing that is
-- wrong ends it, and is named.
local code = require "neap.pack.code"
local core = require "neap.pack_c"
local event_store = require "neap.event_store"
local fault = require "neap.base.fault"
local json = require "neap.json"
local lists = require "neap.base.lists"
local manifest = require "neap.pack.manifest"
local result = require "neap.pack.result"
local told = require "neap.pack.told"

local DOCUMENT = 256 << 20 -- bytes of a part that is read as a whole

local function fail(code_word, message, ...) error(fault(code_word, message:format(...)), 0) end

local function must(value, err)
  if value == nil then error(err, 0) end
  return value
end

local function note(self, name, text, ...) table.insert(self.checks, { check = name, found = text:format(...) }) end

-- The label's digest is the manifest's.
local function check_manifest(self)
  local stated = must(manifest.read_label(self.pack:label(), self.path))
  local text, err = self.pack:read(manifest.NAME, manifest.MOST)
  if not text then fail("manifest_missing", "part %s: %s", manifest.NAME, err.message) end
  local found = require("neap.digest").sha256(text)
  if found ~= stated then
    fail("manifest_differs", "part %s: the label says digest %s, its bytes have %s", manifest.NAME, stated, found)
  end
  if self.options.pack and self.options.pack:lower() ~= found then
    fail("pack_differs", "the pack's digest is %s, and %s was noted: this is another pack", found,
      self.options.pack:lower())
  end
  self.manifest, self.digest = must(manifest.parse(text, self.path)), found
  note(self, "manifest", "session %s, mode %s, written by Neap %s", self.manifest.session, self.manifest.mode,
    tostring(self.manifest.version))
end

local function compare_part(stated, part)
  if stated.bytes ~= part.bytes then
    fail("part_differs", "part %s: the manifest says %d bytes, there are %d", part.name, stated.bytes, part.bytes)
  end
  if stated.sha256 ~= part.sha256 then
    fail("part_differs", "part %s: the manifest says digest %s, its bytes have %s", part.name, stated.sha256,
      part.sha256)
  end
end

-- All that are stated are there, and nothing else.
local function check_parts(self)
  local stated, bytes, count = {}, 0, 0
  for _, part in ipairs(self.manifest.parts) do stated[part.name] = part end
  local part, err = self.pack:next()
  while part do
    if part.name ~= manifest.NAME then
      if not stated[part.name] then fail("part_added", "part %s: the manifest does not state it", part.name) end
      compare_part(stated[part.name], part)
      stated[part.name], bytes, count = nil, bytes + part.bytes, count + 1
    end
    part, err = self.pack:next()
  end
  if err then error(err, 0) end
  local missing = lists.sorted_keys(stated)[1]
  if missing then fail("part_missing", "part %s: the manifest states it, and it is not there", missing) end
  note(self, "parts", "%d parts, %d bytes, each with the digest that the manifest states", count, bytes)
end

local function compare_fact(what, stated, found)
  if stated ~= found then
    fail("manifest_wrong", "manifest, %s: it says %s, the events make %s", what, tostring(stated), tostring(found))
  end
end

local function check_chain(self)
  local chain = must(event_store.verify(self.path, { head = self.options.head }))
  local stated = self.manifest.chain
  for _, name in ipairs { "events", "groups", "open", "head", "tail" } do
    compare_fact("chain " .. name, stated[name], chain[name])
  end
  compare_fact("chain first_event", stated.first_event, chain.first_seq)
  compare_fact("chain last_event", stated.last_event, chain.first_seq + chain.events - 1)
  self.chain = chain
  note(self, "chain", "events %d to %d in %d groups%s, head %s", chain.first_seq, chain.first_seq + chain.events - 1,
    chain.groups, chain.open > 0 and (" and %d behind them"):format(chain.open) or "", chain.head)
end

local function check_state(self)
  local state = must(event_store.replay(self.path, { from_start = true }))
  compare_fact("state", self.manifest.state.hash, state.state_hash)
  compare_fact("snapshots", self.manifest.state.snapshots, state.snapshots)
  self.state = state
  note(self, "state", "replays to %s, %d snapshot%s", state.state_hash, state.snapshots,
    state.snapshots == 1 and " agrees" or "s agree")
end

local function document(self, name)
  local text = must(self.pack:read(name, DOCUMENT))
  local decoded = must(json.decode(text, { numbers = "float" }))
  if type(decoded) ~= "table" then fail("part_differs", "part %s: no object", name) end
  return decoded
end

-- Documents are compared as they are written.
local function compare_documents(name, what, stated, found)
  stated, found = json.encode(stated), json.encode(found)
  if stated == found then return end
  local at = 1
  while stated:byte(at) == found:byte(at) do at = at + 1 end
  local from = math.max(1, at - 30)
  fail("part_differs", "part %s, %s: it says …%s…, the events make …%s…", name, what, stated:sub(from, at + 30),
    found:sub(from, at + 30))
end

-- Through text and back, so that both sides are made of the same.
local function as_written(value) return json.decode(json.encode(value), { numbers = "float" }) end

local function check_configuration(self)
  self.told = told.read(self.path, self.state.last_seq)
  local facts = manifest.facts(self.path, self.chain, self.state, self.told)
  for _, name in ipairs(manifest.TOLD) do compare_fact(name, self.manifest[name], facts[name]) end
  compare_documents("configuration.json", "configuration", document(self, "configuration.json"),
    as_written(self.told.configuration))
  local values = self.told.configuration.values
  note(self, "configuration", values and "%d values that somebody set, %d change%s, as the events say" or
    "the events do not say all of it", values and #values or 0, #self.told.configuration.changes,
    #self.told.configuration.changes == 1 and "" or "s")
end

-- The texts make the digest that the events state. Without texts only a single file's digest says it.
local function check_text(self, entry)
  local texts = {}
  if not entry.files then return 0 end
  for i, file in ipairs(entry.files) do
    texts[i] = file.part and must(self.pack:read(file.part, DOCUMENT))
    if file.part and require("neap.digest").sha256(texts[i]) ~= file.sha256 then
      fail("code_differs", "part %s: code.json says digest %s", file.part, file.sha256)
    end
  end
  local found = #texts == #entry.files and code.chain(texts)
  if not found and #entry.files == 1 then found = entry.files[1].sha256 end
  if found and found ~= entry.digest then
    fail("code_differs", "%s: the events say digest %s, the files of the pack make %s",
      entry.strategy and "strategy " .. entry.strategy or "policy " .. entry.policy, entry.digest, found)
  end
  return #texts > 0 and 1 or 0
end

local function check_code(self)
  local stated, texts = document(self, "code.json").code or {}, 0
  if #stated ~= #self.told.code then
    fail("part_differs", "part code.json: it lists %d strategies and policies, the events %d", #stated, #self.told.code)
  end
  for i, entry in ipairs(stated) do
    local found = self.told.code[i]
    for _, name in ipairs { "strategy", "policy", "digest", "since" } do
      if entry[name] ~= found[name] then
        fail("part_differs", "part code.json, entry %d, %s: it says %s, the events %s", i, name,
          tostring(entry[name]), tostring(found[name]))
      end
    end
    texts = texts + check_text(self, entry)
  end
  note(self, "code", "%d digest%s of strategies and policies, as the events say; the text of %d", #stated,
    #stated == 1 and "" or "s", texts)
end

local function check_input(self, entry)
  if not entry.part then return 0 end
  for _, part in ipairs(self.manifest.parts) do
    if part.name == entry.part then
      if part.sha256 == entry.sha256 and part.bytes == entry.bytes then return 1 end
      fail("part_differs", "part %s: inputs.json says digest %s, the manifest %s", entry.part, tostring(entry.sha256),
        part.sha256)
    end
  end
  fail("part_missing", "part %s: inputs.json states it, and it is not there", tostring(entry.part))
end

local function check_inputs(self)
  local stated, stored = document(self, "inputs.json"), 0
  compare_documents("inputs.json", "read", stated.read, as_written(self.told.read))
  for _, entry in ipairs(stated.files or {}) do stored = stored + check_input(self, entry) end
  local files = #(stated.files or {})
  note(self, "inputs", "data of %d product%s as the events say, %d file%s by digest, %d of them in the pack",
    #self.told.read, #self.told.read == 1 and "" or "s", files, files == 1 and "" or "s", stored)
end

local function check_result(self)
  local stated = document(self, "result.json")
  must(result.compare(stated, result.of_state(self.path, self.state), "the session's books make"))
  for _, name in ipairs { "orders", "rejections" } do
    if stated[name] ~= self.state.counts[name] then
      fail("result_differs", "result, %s: it says %s, the session's books make %d", name, tostring(stated[name]),
        self.state.counts[name])
    end
  end
  note(self, "result", "equity %s %s, as the session's books make it", tostring(stated.equity), stated.currency)
  self.figures = result.of_fills(self.path)
  must(result.compare(stated, self.figures, "its fills make", true))
  note(self, "profit and loss", "%s %s from %d fills alone, to the last digit", tostring(self.figures.profit),
    self.figures.currency, self.figures.fills)
end

-- Last, for what is wrong with a part or an event is told by its name. One of an earlier packer has no such end.
local function check_file(self)
  if self.manifest.file ~= manifest.FILE then return end
  local bytes = must(core.check_end(self.path))
  table.insert(self.checks, 1, { check = "file", found = ("%d bytes, of which none is another"):format(bytes) })
end

local STEPS = { check_manifest, check_parts, check_chain, check_state, check_configuration, check_code, check_inputs,
  check_result, check_file }

local function run(self)
  local opened <close> = must(core.open(self.path))
  self.pack = opened
  for _, step in ipairs(STEPS) do step(self) end
  return { checks = self.checks, figures = self.figures, manifest = self.manifest, digest = self.digest,
    state = self.state, chain = self.chain, parts = #self.manifest.parts }
end

-- options: { head =, pack = } that somebody noted. → { checks =, figures =, manifest =, digest =, state =, chain = };
-- or nil, a fault, and the checks that were good before.
return function(path, options)
  local self = { path = path, options = options, checks = json.array {} }
  local ok, report = pcall(run, self)
  if ok then return report end
  if type(report) ~= "table" or not report.code then error(report, 0) end
  report.where = report.where or path
  return nil, report, self.checks
end
