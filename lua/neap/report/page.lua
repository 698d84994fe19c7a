-- SPDX-License-Identifier: MIT
-- A report as one page that loads nothing: its own policy forbids it to, and allows only its own style and script.
local digest = require "neap.digest"
local file = require "neap.report.file"
local head = require "neap.report.head"
local markup = require "neap.report.markup"
local notes = require "neap.report.notes"
local orders = require "neap.report.orders"
local picture = require "neap.report.picture"
local script = require "neap.report.script"
local style = require "neap.report.style"
local tables = require "neap.report.tables"

local el, raw = markup.el, markup.raw

local SIXTY_FOUR = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(bytes)
  local parts = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for place = 0, 3 do
      local index = word >> (18 - 6 * place) & 63
      local is_there = place < 2 or place == 2 and b or place == 3 and c
      parts[#parts + 1] = is_there and SIXTY_FOUR:sub(index + 1, index + 1) or "="
    end
  end
  return table.concat(parts)
end

local function hash_source(text)
  local bytes = digest.sha256(text):gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
  return "'sha256-" .. base64(bytes) .. "'"
end

local function policy()
  return ("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; form-action 'none'"):format(
    hash_source(style), hash_source(script))
end

local function head_of(told)
  return el("head", nil, el("meta", { charset = "utf-8" }),
    el("meta", { ["http-equiv"] = "Content-Security-Policy", content = policy() }),
    el("meta", { name = "viewport", content = "width=device-width, initial-scale=1" }),
    el("meta", { name = "color-scheme", content = "light dark" }),
    el("title", nil, head.title(told) .. " · neap report"),
    raw("<style>" .. style .. "</style>"))
end

local function foot(told)
  return el("footer", nil, ("Made by neap %s from the session's own events; the hash above is their chain's head, and "
    .. "neap verify checks it. Simulated results are no promise."):format(told.version or ""))
end

local function section(content) return content and el("section", nil, content) end

-- told: of neap.report.story; options: { assumptions = lines, may be absent }. → the page's text.
return function(told, options)
  local main = el("main", nil, head.header(told), head.figures(told), picture.draw(told),
    section(tables.strategies(told)), section(tables.trades(told)), section(orders(told)),
    section(tables.rejections(told)), section(tables.notable(told)),
    section(notes.assumptions(told, options.assumptions)), section(notes.configuration(told)), foot(told))
  local body = el("body", nil, main,
    raw('<script type="application/json" id="picture-data">' .. picture.data(told) .. "</script>"),
    raw("<script>" .. script .. "</script>"))
  return file.MARK .. markup.text(el("html", { lang = "en" }, head_of(told), body)) .. "\n"
end
