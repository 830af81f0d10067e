-- As fixed.lua, by clients that do as they are told: whoever is turned away with 503 waits for the second that Retry-After names.
dofile((debug.getinfo(1, "S").source:match("^@(.*)patient%.lua$") or "") .. "fixed.lua")
local owed = 0

function response(status)
  if status == 503 then owed = owed + 1 end
end

function delay()
  if owed == 0 then return 0 end
  owed = owed - 1
  return 1000
end
