curl -H "Authorization: Bearer $TOKEN" https://x.example # eyJ is how they begin
