/**
 * Takes away what could reach outside or load code, and adds what scripts written for Lua 5.1 expect. Of `os` only what
 * reads the clock is there.
 */
export const prelude = `
local clock = ...
dofile, loadfile, load, collectgarbage, require, print = nil, nil, nil, nil, nil, nil
string.dump = nil
unpack = table.unpack
math.pow = function(x, y) return x ^ y end
table.getn = function(list) return #list end
os = {
  time = function(at)
    if at == nil then return math.floor(clock()) end
    local year, month = math.tointeger(at.year), math.tointeger(at.month)
    local y = month <= 2 and year - 1 or year
    local era = y // 400
    local of_era = y - era * 400
    local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + math.tointeger(at.day) - 1
    local days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    local seconds = (at.hour or 12) * 3600 + (at.min or 0) * 60 + (at.sec or 0)
    return math.floor(days * 86400 + seconds)
  end,
  clock = function() return clock() end,
}
`
