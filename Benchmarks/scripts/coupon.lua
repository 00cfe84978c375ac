-- A buyer asks for a coupon, and once more: the first answer is looked at for what a later request would need, the second
-- has to be the right refusal.
local path = "/api/coupon-policies/1/issue"
local headers = { ["Content-Type"] = "application/json" }
local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(arguments)
   requests, issued, already_issued, sold_out, unexpected = 0, 0, 0, 0, 0
end

function request()
   local buyer = math.floor(requests / 2)
   requests = requests + 1
   return wrk.format("POST", path, headers, '{"userId":"user-' .. buyer .. '"}')
end

function response(status, headers, body)
   if status == 201 and body:match('"policyId":(%d+)') == "1" then
      coupon = body:match('"couponId":"([^"]*)"')
      sequence = body:match('"sequence":(%d+)')
      if coupon and sequence then
         issued = issued + 1
         return
      end
   elseif status == 409 then
      local code = body:match('"code":"([^"]*)"')
      if code == "ALREADY_ISSUED" then
         already_issued = already_issued + 1
         return
      elseif code == "COUPON_SOLD_OUT" then
         sold_out = sold_out + 1
         return
      end
   end
   unexpected = unexpected + 1
end

function done(summary, latency, requests)
   local errors = summary.errors
   local transport = errors.connect + errors.read + errors.write + errors.timeout
   for _, thread in ipairs(threads) do
      io.write(string.format(
         '{"issued": %d, "already_issued": %d, "sold_out": %d, "unexpected": %d, "transport": %d}\n',
         thread:get("issued"), thread:get("already_issued"), thread:get("sold_out"), thread:get("unexpected"), transport))
   end
end
