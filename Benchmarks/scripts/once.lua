-- Stops at the first answer.
function response()
   wrk.thread:stop()
end
