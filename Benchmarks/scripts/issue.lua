-- Each request is another buyer's; the answers are not looked at but for their status.
local headers = { ["Content-Type"] = "application/json" }

function init(arguments)
   requests = 0
end

function request()
   requests = requests + 1
   return wrk.format("POST", "/api/coupon-policies/1/issue", headers, '{"userId":"user-' .. requests .. '"}')
end
