module github.com/chancery-chain/chancery/contracts-sdk

go 1.26.0
