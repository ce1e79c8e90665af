FROM scratch
# RUN sudo true
RUN curl -fsSL https://example.com/a -o a && sha256sum -c a.sum
RUN echo pseudosudo | sort
