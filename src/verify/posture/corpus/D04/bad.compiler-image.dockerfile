# finds: FROM
FROM golang:1.25
COPY . .
RUN go build -o /server .
CMD ["/server"]
