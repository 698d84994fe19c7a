-- SPDX-License-Identifier: MIT
-- The manifest of a pack: what the pack is of, and the digest of everything in it. Its own digest is in the pack's
-- label, and is the one number that stands for the whole.
local digest = require "neap.digest"
local fault = require "neap.base.fault"
local json = require "neap.json"
local rows = require "neap.pack.rows"

local manifest = { FORMAT = "neap.pack/1", NAME = "manifest.json", MOST = 64 << 20,
  FILE = "neap.pack.end/1" } -- how the file ends

-- The facts that the events tell, beside chain and state.
manifest.TOLD = { "schema", "session", "mode", "currency", "engine", "first_time", "last_time", "last_event" }

-- Of the verified chain, the replayed state and what the events tell.
function manifest.facts(path, chain, state, told)
  local first, last = rows.first(path, {}), rows.first(path, { newest_first = true })
  return {
    schema = manifest.FORMAT, session = state.session, mode = state.mode, currency = state.currency,
    engine = told.configuration.engine, first_time = first.time, last_time = last.time,
    last_event = last.type,
    chain = { head = chain.head, tail = chain.tail, events = chain.events, groups = chain.groups,
      first_event = chain.first_seq, last_event = last.seq, open = chain.open },
    state = { hash = state.state_hash, snapshots = state.snapshots },
  }
end

function manifest.label(text) return ("%s %s"):format(manifest.FORMAT, digest.sha256(text)) end

local function newer(label, path)
  return fault("newer_pack", ("a newer Neap wrote this pack: its format is %s, this one reads %s"):format(
    label:match "%S+", manifest.FORMAT), path)
end

-- The label of an opened pack → the digest that it states; or nil and a fault.
function manifest.read_label(label, path)
  local number, stated = label:match "^neap%.pack/(%d+) (%x+)$"
  if number == "1" and #stated == 64 then return stated end
  if label:find "^neap%.pack/%d+" and label:match "^neap%.pack/(%d+)" ~= "1" then return nil, newer(label, path) end
  return nil, fault("bad_pack", ("the pack's label is none: '%s'"):format(label), path)
end

local TEXTS = { "schema", "session", "mode", "first_time", "last_time" }

local function is_complete(document)
  for _, name in ipairs(TEXTS) do
    if type(document[name]) ~= "string" then return nil, name end
  end
  for _, name in ipairs { "chain", "state", "parts" } do
    if type(document[name]) ~= "table" then return nil, name end
  end
  for _, part in ipairs(document.parts) do
    if type(part) ~= "table" or type(part.name) ~= "string" or math.type(part.bytes) ~= "integer"
      or type(part.sha256) ~= "string" then return nil, "parts" end
  end
  return true
end

-- The manifest's text → its table; or nil and a fault.
function manifest.parse(text, path)
  local document, err = json.decode(text)
  if type(document) ~= "table" then
    return nil, fault("bad_manifest", "the manifest cannot be read: " .. (err and err.message or "no object"), path)
  end
  local ok, name = is_complete(document)
  if ok then return document end
  return nil, fault("bad_manifest", ("the manifest has no '%s', or not as it is written"):format(name), path)
end

return manifest
