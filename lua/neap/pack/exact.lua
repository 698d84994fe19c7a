-- SPDX-License-Identifier: MIT
-- Exact numbers of any size with 16 decimals, by the rules of pen and paper: digits in sevens, carried by hand. Slow,
-- and of nothing that the core computes with: what comes out equal of both is right, or both are wrong in the same way.
local exact = {}

local BASE, WIDTH, DECIMALS = 10000000, 7, 16

-- A number is { sign = 1 or -1, [1] = lowest seven digits, … } of its value × 10^16, without zeros at the top.
local function trim(number)
  while number[#number] == 0 do number[#number] = nil end
  if #number == 0 then number.sign = 1 end
  return number
end

local function of_digits(digits, sign)
  local number = { sign = sign }
  for last = #digits, 1, -WIDTH do
    number[#number + 1] = math.tointeger(tonumber(digits:sub(math.max(1, last - WIDTH + 1), last)))
  end
  return trim(number)
end

local function digits_of(number)
  local parts = {}
  for i = #number, 1, -1 do parts[#parts + 1] = ("%07d"):format(number[i]) end
  local digits = table.concat(parts):gsub("^0+", "")
  return digits
end

-- exact.parse("-1.5") → a number; raises on what no decimal of an event looks like.
function exact.parse(text)
  local minus, whole, rest = tostring(text):match "^(%-?)(%d+)(.*)$"
  local decimals = rest == "" and "" or rest and rest:match "^%.(%d+)$"
  if not decimals or #decimals > DECIMALS then error(("'%s' is no amount"):format(tostring(text)), 0) end
  return of_digits(whole .. decimals .. ("0"):rep(DECIMALS - #decimals), minus == "-" and -1 or 1)
end

-- The shortest plain text.
function exact.text(number)
  local digits = digits_of(number)
  digits = ("0"):rep(DECIMALS + 1 - #digits) .. digits
  local decimals = digits:sub(-DECIMALS):gsub("0+$", "")
  return (number.sign < 0 and "-" or "") .. digits:sub(1, -DECIMALS - 1) .. (decimals == "" and "" or "." .. decimals)
end

exact.zero = exact.parse "0"

function exact.is_zero(number) return #number == 0 end

local function compare_sizes(a, b)
  if #a ~= #b then return #a < #b and -1 or 1 end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then return a[i] < b[i] and -1 or 1 end
  end
  return 0
end

local function add_sizes(a, b, sign)
  local sum, carry = { sign = sign }, 0
  for i = 1, math.max(#a, #b) do
    carry = carry + (a[i] or 0) + (b[i] or 0)
    sum[i], carry = carry % BASE, carry // BASE
  end
  sum[#sum + 1] = carry
  return trim(sum)
end

-- The size of b is at most that of a.
local function subtract_sizes(a, b, sign)
  local rest, borrow = { sign = sign }, 0
  for i = 1, #a do
    borrow = borrow + a[i] - (b[i] or 0)
    rest[i], borrow = borrow % BASE, borrow // BASE
  end
  return trim(rest)
end

local function multiply_sizes(a, b, sign)
  local product = { sign = sign }
  for i = 1, #a + #b do product[i] = 0 end
  for i = 1, #a do
    local carry = 0
    for k = 1, #b do
      carry = carry + product[i + k - 1] + a[i] * b[k]
      product[i + k - 1], carry = carry % BASE, carry // BASE
    end
    product[i + #b] = carry
  end
  return trim(product)
end

-- Whether a rest is under (−1), exactly (0) or over (1) a half is all that rounding asks of it.
local function round_half_even(quotient, half)
  if half > 0 or half == 0 and (quotient[1] or 0) % 2 == 1 then return add_sizes(quotient, { 1 }, 1) end
  return quotient
end

-- Without its last `count` decimal digits.
local function drop_digits(size, count)
  local digits = digits_of(size)
  digits = ("0"):rep(count + 1 - #digits) .. digits
  local rest = digits:sub(-count)
  local half = "5" .. ("0"):rep(count - 1)
  return round_half_even(of_digits(digits:sub(1, -count - 1), 1), rest == half and 0 or rest < half and -1 or 1)
end

-- rest × 10 + digit, in its place.
local function append_digit(rest, digit)
  local carry = digit
  for i = 1, #rest do
    local value = rest[i] * 10 + carry
    rest[i], carry = value % BASE, value // BASE
  end
  if carry > 0 then rest[#rest + 1] = carry end
end

-- rest − b, in its place; b is at most rest.
local function take_off(rest, b)
  local borrow = 0
  for i = 1, #rest do
    borrow = borrow + rest[i] - (b[i] or 0)
    rest[i], borrow = borrow % BASE, borrow // BASE
  end
  trim(rest)
end

-- Long division, one decimal digit after the other → quotient and what is left.
local function divide_sizes(a, b)
  local quotient, rest = {}, { sign = 1 }
  for _, digit in ipairs { digits_of(a):byte(1, -1) } do
    local times = 0
    append_digit(rest, digit - 48)
    while compare_sizes(rest, b) >= 0 do
      take_off(rest, b)
      times = times + 1
    end
    quotient[#quotient + 1] = times
  end
  return of_digits(#quotient > 0 and table.concat(quotient) or "0", 1), rest
end

-- size ÷ divisor to the nearest whole number; of two that are as near the even one.
local function divide_half_even(size, divisor)
  local quotient, rest = divide_sizes(size, divisor)
  return round_half_even(quotient, compare_sizes(add_sizes(rest, rest, 1), divisor))
end

local function power_of_ten(exponent) return of_digits("1" .. ("0"):rep(exponent), 1) end

function exact.negate(a)
  local number = table.move(a, 1, #a, 1, { sign = -a.sign })
  return trim(number)
end

function exact.size(a) return a.sign < 0 and exact.negate(a) or a end

function exact.add(a, b)
  if a.sign == b.sign then return add_sizes(a, b, a.sign) end
  if compare_sizes(a, b) >= 0 then return subtract_sizes(a, b, a.sign) end
  return subtract_sizes(b, a, b.sign)
end

function exact.subtract(a, b) return exact.add(a, exact.negate(b)) end

function exact.is_less(a, b) return exact.subtract(a, b).sign < 0 end

function exact.equals(a, b) return a.sign == b.sign and compare_sizes(a, b) == 0 end

-- a × b, rounded once, half-even, to `digits` decimals (at most 16).
function exact.multiply(a, b, digits)
  local rounded = drop_digits(multiply_sizes(a, b, 1), 2 * DECIMALS - digits)
  return multiply_sizes(rounded, power_of_ten(DECIMALS - digits), a.sign * b.sign)
end

-- a × b ÷ c of the whole product, rounded once, half-even, to `digits` decimals.
function exact.share(a, b, c, digits)
  local divisor = multiply_sizes(c, power_of_ten(DECIMALS - digits), 1)
  local rounded = divide_half_even(multiply_sizes(a, b, 1), divisor)
  return multiply_sizes(rounded, power_of_ten(DECIMALS - digits), a.sign * b.sign * c.sign)
end

return exact
