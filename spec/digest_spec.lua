-- SPDX-License-Identifier: MIT
-- neap.digest: SHA-256 of text and files.

describe("neap.digest", function()
  local digest = require "neap.digest"

  it("adds no global", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    package.loaded["neap.digest"] = nil
    require "neap.digest"
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)

  it("refuses bad arguments", function()
    assert.has_error(function() digest.sha256() end)
    assert.has_error(function() digest.sha256(5) end)
    assert.has_error(function() digest.sha256_file {} end)
  end)

  it("gives the digests of FIPS 180-4", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", digest.sha256 "")
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.sha256 "abc")
    assert.equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
      digest.sha256(("a"):rep(1000000)))
  end)

  it("reads a file as it reads text, also one longer than a chunk and with zero bytes", function()
    for _, text in ipairs { "", "abc", ("\0binary\n"):rep(5000) } do
      local path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
      assert.equal(digest.sha256(text), digest.sha256_file(path))
      os.remove(path)
    end
  end)

  it("says which file it cannot read", function()
    local hex, err = digest.sha256_file "no/such/file"
    assert.is_nil(hex)
    assert.equal("not_found", err.code)
    assert.equal("no/such/file", err.where)
    local _, directory = digest.sha256_file "."
    assert.equal("io", directory.code)
  end)

  it("differs for any changed byte", function()
    local text = ("price 42118.50 "):rep(20)
    local seen = { [digest.sha256(text)] = true }
    for at = 1, #text do
      local changed = text:sub(1, at - 1) .. string.char(text:byte(at) ~ 1) .. text:sub(at + 1)
      local hex = digest.sha256(changed)
      assert.is_nil(seen[hex])
      seen[hex] = true
    end
  end)
end)
