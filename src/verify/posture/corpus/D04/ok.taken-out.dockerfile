FROM python:3.13-slim
RUN apt-get update && apt-get install -y gcc && pip install -r requirements.txt && apt-get purge -y --auto-remove gcc
RUN apk add --no-cache --virtual .build-deps gcc make && make install && apk del .build-deps
RUN apt-get install -y $TOOLS g++ && make && apt-get purge -y $TOOLS
