-- SPDX-License-Identifier: MIT
-- neap explain ORDER [SESSION].
local flags = require "neap.cli.flags"
local output = require "neap.cli.output"
local sessions = require "neap.cli.sessions"
local stored_story = require "neap.session.stored_story"
local story = require "neap.session.story"

local explain = {
  summary = "Tells the story of an order: why, which engine, every check, what happened.",
  usage = "neap explain ORDER [SESSION] [--json]",
  arguments = { { "order" }, { "session", optional = true } },
  flags = { sessions.flag },
  doc = "ORDER is a client order id, the first 6 or more characters of one, or an intent's number as #12.",
}

function explain.run(args)
  local options, err = flags.parse(explain, args)
  if not options then return output.fail(err, args, output.USAGE) end
  if options.session and options.session:match "^#%d+$" and not options.order:match "^#" then
    options.order, options.session = options.session, options.order -- as in the other verbs: SESSION first
  end
  local good, short = stored_story.check(options.order)
  if not good then return output.fail(short, args, output.USAGE) end
  local path, missing = sessions.find(options.session, options.sessions)
  if not path then return sessions.fail(missing, args) end
  local id, unclear = stored_story.find(path, options.order)
  if not id then return output.fail(unclear, args) end
  local told, damage = stored_story.read(path, id)
  if not told then return output.fail(damage, args) end
  if options.json then output.json(story.json(told)) else output.write(story.text(told), "\n") end
  return output.OK
end

return explain
