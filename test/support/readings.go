// Reads what the gateway let through as a Go service does: JSON by encoding/json, forms by mime/multipart. For readings.test.ts.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"os"
)

type request struct {
	Model     string `json:"model"`
	MaxTokens *int   `json:"max_tokens"`
	Store     *bool  `json:"store"`
	Stream    *bool  `json:"stream"`
	Messages  []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
}

type form struct {
	Error  string     `json:"error"`
	Fields [][]string `json:"fields"`
}

func readForm(contentType string, body []byte) form {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return form{Error: err.Error()}
	}
	reader := multipart.NewReader(bytes.NewReader(body), parameters["boundary"])
	read := form{}
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return read
		}
		if err != nil {
			return form{Error: err.Error()}
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return form{Error: err.Error()}
		}
		read.Fields = append(read.Fields, []string{part.FormName(), part.FileName(), string(value)})
	}
}

func main() {
	var documents []string
	var forms []struct {
		ContentType string `json:"contentType"`
		Body        []byte `json:"body"`
	}
	input := json.NewDecoder(os.Stdin)
	if err := input.Decode(&documents); err != nil {
		panic(err)
	}
	if err := input.Decode(&forms); err != nil {
		panic(err)
	}
	read := struct {
		Documents []any  `json:"documents"`
		Forms     []form `json:"forms"`
	}{Documents: []any{}, Forms: []form{}}
	for _, document := range documents {
		var one request
		if err := json.Unmarshal([]byte(document), &one); err != nil {
			read.Documents = append(read.Documents, nil)
			continue
		}
		read.Documents = append(read.Documents, one)
	}
	for _, one := range forms {
		read.Forms = append(read.Forms, readForm(one.ContentType, one.Body))
	}
	json.NewEncoder(os.Stdout).Encode(read)
}
