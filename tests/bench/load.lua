-- wrk's side of reads and writes of the same keys and values at every store: KEYS values of BYTES bytes in turn, the requests
-- made beforehand.
-- wrk … -s load.lua URL -- noahd|webdis|etcd get|put BYTES KEYS
-- SPDX-License-Identifier: Apache-2.0

local bit = require("bit")
local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64_group(bytes)
	local one, two, three = bytes:byte(1, 3)
	local group = bit.bor(bit.lshift(one, 16), bit.lshift(two or 0, 8), three or 0)
	local digits = {}
	for place = 1, 4 do
		local digit = bit.band(bit.rshift(group, 24 - 6 * place), 63) + 1
		digits[place] = place <= #bytes + 1 and DIGITS:sub(digit, digit) or "="
	end
	return table.concat(digits)
end

local function base64(bytes)
	return (bytes:gsub("..?.?", base64_group))
end

local JSON = { ["Content-Type"] = "application/json" }
local stores = {
	noahd = {
		get = function(key) return wrk.format("GET", "/ephemerals/" .. key) end,
		put = function(key, value) return wrk.format("PUT", "/ephemerals/" .. key, nil, value) end,
	},
	webdis = {
		get = function(key) return wrk.format("GET", "/GET/" .. key) end,
		put = function(key, value) return wrk.format("PUT", "/SET/" .. key, nil, value) end,
	},
	etcd = {
		get = function(key)
			return wrk.format("POST", "/v3/kv/range", JSON, string.format('{"key":"%s"}', base64(key)))
		end,
		put = function(key, value)
			local body = string.format('{"key":"%s","value":"%s"}', base64(key), base64(value))
			return wrk.format("POST", "/v3/kv/put", JSON, body)
		end,
	},
}
local requests, turn = {}, 0

function init(args)
	local make, bytes, keys = stores[args[1]][args[2]], tonumber(args[3]), tonumber(args[4])
	for number = 1, keys do
		requests[number] = make("bench-" .. number, (number .. string.rep(".", bytes)):sub(1, bytes))
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end
