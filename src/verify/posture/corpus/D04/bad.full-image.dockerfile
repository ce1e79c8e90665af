# finds: FROM
FROM python:3.13
CMD ["python"]
