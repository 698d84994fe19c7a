-- SPDX-License-Identifier: MIT
-- The shape of JSON texts: which members in which order, and in what form each text and number is written. Shapes of
-- many texts are merged, and one shape is looked for in another.
local shapes = {}

-- Forms of texts, the first that fits. Of times and decimals the narrower one comes first.
local FORMS = {
  { "empty", "^$" },
  { "decimal", "^%-?%d+$" }, { "decimal", "^%-?%d+%.%d*[1-9]$" }, { "padded", "^%-?%d+%.%d+$" },
  { "time", "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$" },
  { "time", "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d?%d?%d?%d?%d?[1-9]Z$" },
  { "long time", "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d?%d?%d?%d?%d?%d?%d?[1-9]Z$" },
  { "Go time", "^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d%.?%d* %+0000 UTC m=%+%d+%.%d%d%d%d%d%d%d%d%d$" },
  { "uuid", "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$" },
  { "placeholder", "^XXX$" }, { "placeholder", "^YYY$" }, { "placeholder", "^ZZZ$" },
  { "word", "" },
}

-- What stands for what: a form of ours is taken where one of these is known.
local TAKEN = { decimal = { "padded" }, time = { "long time" }, uuid = { "placeholder" }, word = { "placeholder" } }

local function form_of(text)
  for _, form in ipairs(FORMS) do
    if text:find(form[2]) then return form[1] end
  end
end

local read

local function read_text(text, at)
  local last = at + 1
  while text:sub(last, last) ~= '"' do last = last + (text:sub(last, last) == "\\" and 2 or 1) end
  return text:sub(at + 1, last - 1), last + 1
end

local function skip(text, at) return text:match("^%s*()", at) end

local function read_object(text, at)
  local shape, names = { kind = "object", members = {}, orders = {} }, {}
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "}" do
    local name, member
    name, at = read_text(text, at)
    at = skip(text, at)
    member, at = read(text, skip(text, at + 1))
    names[#names + 1], shape.members[name] = name, member
    at = text:match("^%s*,?%s*()", at)
  end
  shape.orders[table.concat(names, " ")] = true
  return shape, at + 1
end

local function read_array(text, at)
  local shape = { kind = "array" }
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "]" do
    local item, behind = read(text, at)
    shape.item = shape.item and shapes.merge(shape.item, item) or item
    at = text:match("^%s*,?%s*()", behind)
  end
  return shape, at + 1
end

local function leaf(form, word) return { kind = "leaf", forms = { [form] = true }, words = { [word] = true } } end

function read(text, at)
  local first = text:sub(at, at)
  if first == "{" then return read_object(text, at) end
  if first == "[" then return read_array(text, at) end
  if first == '"' then
    local word, behind = read_text(text, at)
    return leaf(form_of(word), word), behind
  end
  local word, behind = text:match("^([%w.+-]+)()", at)
  assert(word, "no JSON: " .. text:sub(at, at + 20))
  return leaf(word:find "^%-?%d+$" and "integer" or word:find "%d" and "number" or word, word), behind
end

function shapes.of(text)
  local shape, at = read(text, skip(text, 1))
  assert(skip(text, at) == #text + 1, "something stands behind the JSON")
  return shape
end

local function unite(a, b)
  for key in pairs(b) do a[key] = true end
end

-- What fits either; `a` becomes it.
function shapes.merge(a, b)
  assert(a.kind == b.kind, a.kind .. " and " .. b.kind)
  if a.kind == "leaf" then
    unite(a.forms, b.forms)
    unite(a.words, b.words)
  elseif a.kind == "array" then
    a.item = a.item and b.item and shapes.merge(a.item, b.item) or a.item or b.item
  else
    unite(a.orders, b.orders)
    for name, member in pairs(b.members) do
      a.members[name] = a.members[name] and shapes.merge(a.members[name], member) or member
    end
  end
  return a
end

local function is_taken(form, known)
  if known[form] then return true end
  for _, other in ipairs(TAKEN[form] or {}) do
    if known[other] then return true end
  end
  return false
end

local function add_unknown(ours, known, where, what, problems)
  for key in pairs(ours) do
    if not known[key] then problems[#problems + 1] = ("%s: %s '%s'"):format(where, what, key) end
  end
end

local compare

local function compare_leaf(ours, known, where, rules, problems)
  local name = where:match "[^.]*$"
  for form in pairs(ours.forms) do
    local also = rules.forms and rules.forms[name]
    if not is_taken(form, known.forms) and form ~= also then
      problems[#problems + 1] = ("%s: form '%s' (%s)"):format(where, form, next(ours.words))
    end
  end
  if rules.words[name] == true then
    add_unknown(ours.words, known.words, where, "word", problems)
  elseif rules.words[name] then
    add_unknown(ours.words, rules.words[name], where, "word", problems)
  end
end

local function compare_object(ours, known, where, rules, problems)
  if not (rules.open and rules.open[where:match "[^.]*$"]) then
    add_unknown(ours.orders, known.orders, where, "members", problems)
  end
  for name, member in pairs(ours.members) do
    local other = known.members[name]
    if other then compare(member, other, where .. "." .. name, rules, problems) end
  end
end

function compare(ours, known, where, rules, problems)
  if ours.kind ~= known.kind then
    problems[#problems + 1] = ("%s: %s, known is %s"):format(where, ours.kind, known.kind)
  elseif ours.kind == "leaf" then
    compare_leaf(ours, known, where, rules, problems)
  elseif ours.kind == "array" then
    if known.item and not ours.item then problems[#problems + 1] = where .. ": always empty" end
    if ours.item and known.item then compare(ours.item, known.item, where, rules, problems) end
  else
    compare_object(ours, known, where, rules, problems)
  end
end

-- What of `ours` is not in `known`, as lines. rules.words: per member a set of words, or true: those that are known.
-- rules.forms: per member a form that is good beside those that are known. rules.open: members that are maps.
function shapes.problems(ours, known, where, rules)
  local problems = {}
  compare(ours, known, where, rules, problems)
  table.sort(problems)
  return problems
end

return shapes
